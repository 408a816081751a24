"""Public pages of texts. They set no cookie and never vary by who looks."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView, TemplateView, View

from content.models import (
    Article,
    Faq,
    GlossaryTerm,
    Image,
    Page,
    Person,
    Redirect,
    Text,
    Topic,
    text_models,
)

ARTICLES = ((_("Articles"), "/articles/"),)
# Anyone may keep the page, and asks each time whether it is still the same.
PUBLIC = "public, max-age=0, must-revalidate"


class PublicPageMixin(View):
    """A page anyone may keep, asked again each time whether it is still the same (ETag)."""

    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = PUBLIC
        return response


class TextView(PublicPageMixin, DetailView):
    """One published text, as `text`, with `breadcrumbs` of (title, address) before it."""

    context_object_name = "text"
    breadcrumbs: tuple[tuple[Any, str], ...] = ()

    def get_queryset(self) -> QuerySet[Text]:
        return self.model._default_manager.open().for_page()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the text, or lead on from an address that it had before."""
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            moved = Redirect.objects.filter(old_path=request.path).first()
            if moved is None:
                raise
            return HttpResponsePermanentRedirect(moved.new_path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(breadcrumbs=self.breadcrumbs, **kwargs)


class PageView(TextView):
    """A standing page; `page_slug` is set in the URL pattern."""

    model = Page
    template_name = "content/page.html"
    page_slug = ""

    def get_object(self, queryset: QuerySet[Text] | None = None) -> Text:
        return get_object_or_404(self.get_queryset(), slug=self.page_slug)


class HomeView(PageView):
    page_slug = "home"
    template_name = "content/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            articles=Article.objects.published().for_page()[:3],
            needs=Topic.objects.with_texts().filter(is_need=True),
            is_home=True,
            **kwargs,
        )


class TeamView(PageView):
    page_slug = "team"
    template_name = "content/team.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(people=Person.objects.filter(on_team_page=True), **kwargs)


class ArticleListView(PublicPageMixin, ListView):
    template_name = "content/article_list.html"
    context_object_name = "articles"

    def get_queryset(self) -> QuerySet[Article]:
        return Article.objects.published().for_page()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(topics=Topic.objects.with_texts(), **kwargs)


class TopicView(PublicPageMixin, DetailView):
    """Every text of one topic or need that can be opened, as `texts`, and its `questions`.

    The first page is left out: whoever reads this has been there.
    """

    model = Topic
    template_name = "content/topic.html"
    context_object_name = "topic"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        texts = [
            text
            for model in text_models()
            for text in model._default_manager.open().filter(topics=self.object)
            if text.get_absolute_url() != "/"
        ]
        return super().get_context_data(
            texts=sorted(texts, key=lambda text: text.rank),
            questions=self.object.faqs.filter(is_published=True),
            breadcrumbs=() if self.object.is_need else ARTICLES,
            **kwargs,
        )


class ArticleView(TextView):
    model = Article
    template_name = "content/article_detail.html"
    breadcrumbs = ARTICLES


class FaqView(PublicPageMixin, TemplateView):
    template_name = "content/faq.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        questions = Faq.objects.filter(is_published=True)
        topics = Topic.objects.filter(faqs__in=questions).distinct()
        return super().get_context_data(
            topics=topics.prefetch_related(Prefetch("faqs", questions)), **kwargs
        )


class GlossaryView(PublicPageMixin, ListView):
    model = GlossaryTerm
    template_name = "content/glossary.html"
    context_object_name = "terms"


def image_file(request: HttpRequest, key: str, digest: str, size: str) -> HttpResponse:
    """The bytes of a picture. Its address names them, so whoever has them may keep them."""
    data = Image.objects.filter(key=key, digest=digest).values_list(size, flat=True).first()
    if data is None:
        raise Http404
    return HttpResponse(
        bytes(data),
        content_type="image/webp",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )

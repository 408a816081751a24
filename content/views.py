"""Public pages of texts. They set no cookie and never vary by who looks."""

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.generic import DetailView, ListView, TemplateView, View

from content.models import Article, Faq, GlossaryTerm, Page, Person, Text, Topic

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Crumb = tuple[StrOrPromise, str]


class PublicPageMixin(View):
    """A page anyone may keep, asked again each time whether it is still the same (ETag)."""

    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        return response


class TextView(PublicPageMixin, DetailView):
    """One published text, as `text`, with `breadcrumbs` of (title, address) before it."""

    context_object_name = "text"
    breadcrumbs: "tuple[Crumb, ...]" = ()

    def get_queryset(self) -> QuerySet[Text]:
        return self.model._default_manager.published().for_page()

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
            articles=Article.objects.published().for_page()[:3], is_home=True, **kwargs
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


class ArticleView(TextView):
    model = Article
    template_name = "content/article_detail.html"

    @property
    def breadcrumbs(self) -> "tuple[Crumb, ...]":  # type: ignore[override]
        return ((_("Articles"), "/articles/"),)


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

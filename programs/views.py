"""Public pages of the programs: what is offered, for whom, and when."""

from html import unescape
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import FormView, ListView, TemplateView

from content.models import Source, Text, Topic
from content.rendering import plain
from content.search import find
from content.views import PUBLIC, PageView, PublicPageMixin, TextView
from programs.forms import GuideForm
from programs.guide import FIRST_LINES, outcome_of
from programs.models import Component, LevelOfCare, Location, Program, ScheduleBlock, Track
from programs.places import places
from programs.provider import placeholders, site_facts
from programs.schedule import Week, week_of

PROGRAMS = (_("Programs"), "/programs/")


class IndexView(PublicPageMixin, TemplateView):
    template_name = "programs/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            programs=Program.objects.published(),
            tracks=Track.objects.offered(),
            components=Component.objects.offered(),
            **kwargs,
        )


class ProgramView(TextView):
    model = Program
    template_name = "programs/program_detail.html"
    breadcrumbs = (PROGRAMS,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            tracks=Track.objects.offered(), components=Component.objects.offered(), **kwargs
        )


class LevelsOfCareView(PageView):
    page_slug = "levels-of-care"
    template_name = "programs/levels_of_care.html"
    breadcrumbs = (PROGRAMS,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        levels = list(LevelOfCare.objects.all())
        may_name = site_facts().provider.may_name_level
        for level in levels:  # a level whose name the licence forbids is not called ours
            level.is_ours = level.is_ours and may_name
        keys = list(dict.fromkeys(key for level in levels for key in level.sources))
        sources = Source.objects.in_bulk(keys, field_name="key")
        return super().get_context_data(
            levels=levels,
            level_sources=[sources[key] for key in keys if key in sources],
            **kwargs,
        )


# Nothing is stored and nobody is signed in, so another site that posts here gains nothing; a token
# would set a cookie on somebody who only wants to read.
@method_decorator(csrf_exempt, name="dispatch")
class GuideView(FormView):
    """“Which level of care?”: GET shows the questions, POST what the answers lead to.

    The answers live as long as the request: no cookie, no row, no log, no address has them. 422
    with the chosen answers kept where one is missing or unknown.
    """

    http_method_names = ["get", "head", "post", "options"]
    form_class = GuideForm
    template_name = "programs/guide.html"
    extra_context = {
        "breadcrumbs": (PROGRAMS, (_("Levels of care"), "/programs/levels-of-care/")),
    }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        response.headers["Cache-Control"] = PUBLIC
        return response

    def form_valid(self, form: GuideForm) -> HttpResponse:
        outcome = outcome_of(form.cleaned_data)
        lines = site_facts().crisis_lines
        levels = {level.slug: level for level in LevelOfCare.objects.all()}
        return self.render_to_response(
            self.get_context_data(
                form=form,
                outcome=outcome,
                first_lines=[
                    lines[key] for key in FIRST_LINES.get(outcome.first, ()) if key in lines
                ],
                levels=[
                    (levels[one.level], one.reasons)
                    for one in outcome.suggestions
                    if one.level in levels
                ],
                tracks=Track.objects.offered().filter(slug__in=outcome.tracks),
            )
        )

    def form_invalid(self, form: GuideForm) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )


class OfferedListView(PublicPageMixin, ListView):
    """What is offered of one kind."""

    extra_context = {"breadcrumbs": (PROGRAMS,)}

    def get_queryset(self) -> QuerySet[Text]:
        texts: Any = super().get_queryset()
        return texts.offered()


class ComponentListView(OfferedListView):
    model = Component
    context_object_name = "components"


class ComponentView(TextView):
    model = Component
    template_name = "programs/component_detail.html"
    breadcrumbs = (PROGRAMS, (_("Components"), "/programs/components/"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(components=Component.objects.offered(), **kwargs)


class TrackListView(OfferedListView):
    model = Track
    context_object_name = "tracks"


class TrackView(TextView):
    model = Track
    template_name = "programs/track_detail.html"
    breadcrumbs = (PROGRAMS, (_("Tracks"), "/programs/tracks/"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        blocks = self.object.blocks.select_related("component")
        return super().get_context_data(week=week_of(self.object, blocks), **kwargs)


class ScheduleView(PublicPageMixin, TemplateView):
    """The sample week of every track that is offered."""

    template_name = "programs/schedule.html"
    extra_context = {"breadcrumbs": (PROGRAMS,)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tracks = list(Track.objects.offered())
        blocks: dict[int, list[ScheduleBlock]] = {track.pk: [] for track in tracks}
        for block in ScheduleBlock.objects.filter(track__in=tracks).select_related("component"):
            blocks[block.track_id].append(block)
        weeks: list[Week] = [week_of(track, blocks[track.pk]) for track in tracks]
        return super().get_context_data(weeks=weeks, **kwargs)


class SearchView(TemplateView):
    """What answers a query, as `found`: of the texts, and of the pages and forms that are none.

    Not kept anywhere: it says what somebody looked for.
    """

    http_method_names = ["get", "head", "options"]
    template_name = "content/search.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = find(
            query=self.request.GET.get("q", ""),
            names={
                name: unescape(plain(html)) for name, html in placeholders(site_facts()).items()
            },
            places=places(),
            page=self.request.GET.get("page", "1"),
        )
        topics = Topic.objects.none() if found.count else Topic.objects.with_texts()
        return super().get_context_data(found=found, topics=topics, **kwargs)


class ContactView(PageView):
    page_slug = "contact"
    template_name = "content/contact.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(locations=Location.objects.all(), **kwargs)

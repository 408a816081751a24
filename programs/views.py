"""Public pages of the programs: what is offered, for whom, and when."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView, TemplateView

from content.models import Source, Text
from content.views import PageView, PublicPageMixin, TextView
from programs.models import Component, LevelOfCare, Location, Program, ScheduleBlock, Track
from programs.provider import site_facts
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


class ComponentListView(PublicPageMixin, ListView):
    template_name = "programs/component_list.html"
    context_object_name = "components"
    extra_context = {"breadcrumbs": (PROGRAMS,)}

    def get_queryset(self) -> QuerySet[Component]:
        return Component.objects.offered()


class OfferedTextView(TextView):
    """A text of something that this provider offers; what it does not offer has no page."""

    def get_queryset(self) -> QuerySet[Text]:
        return self.model._default_manager.offered().for_page()


class ComponentView(OfferedTextView):
    model = Component
    template_name = "programs/component_detail.html"
    breadcrumbs = (PROGRAMS, (_("Components"), "/programs/components/"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(components=Component.objects.offered(), **kwargs)


class TrackListView(PublicPageMixin, ListView):
    template_name = "programs/track_list.html"
    context_object_name = "tracks"
    extra_context = {"breadcrumbs": (PROGRAMS,)}

    def get_queryset(self) -> QuerySet[Track]:
        return Track.objects.offered()


class TrackView(OfferedTextView):
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


class ContactView(PageView):
    page_slug = "contact"
    template_name = "content/contact.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(locations=Location.objects.all(), **kwargs)

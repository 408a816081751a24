from content.sitemaps import ListSitemap, TextSitemap
from programs.models import Component, Program, Track


class ProgramSitemap(TextSitemap):
    model = Program


class ComponentSitemap(TextSitemap):
    model = Component

    def items(self):  # type: ignore[no-untyped-def]
        return Component.objects.offered()


class TrackSitemap(TextSitemap):
    model = Track

    def items(self):  # type: ignore[no-untyped-def]
        return Track.objects.offered()


class ProgramListSitemap(ListSitemap):
    def items(self) -> list[str]:
        return [
            "programs:index",
            "programs:component-list",
            "programs:track-list",
            "programs:schedule",
        ]


SITEMAPS = {
    "programs": ProgramSitemap,
    "components": ComponentSitemap,
    "tracks": TrackSitemap,
    "program-lists": ProgramListSitemap,
}

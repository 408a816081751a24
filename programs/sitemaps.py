from content.sitemaps import ListSitemap, TextSitemap
from programs.models import Component, Program, Track


class ProgramSitemap(TextSitemap):
    model = Program


class ComponentSitemap(TextSitemap):
    model = Component


class TrackSitemap(TextSitemap):
    model = Track


class ProgramListSitemap(ListSitemap):
    def items(self) -> list[str]:
        return [
            "programs:index",
            "programs:component-list",
            "programs:track-list",
            "programs:schedule",
            "programs:guide",
            "admissions:inquiry",
        ]


SITEMAPS = {
    "programs": ProgramSitemap,
    "components": ComponentSitemap,
    "tracks": TrackSitemap,
    "program-lists": ProgramListSitemap,
}

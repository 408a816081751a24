from django.contrib.sitemaps import Sitemap

from content.sitemaps import ListSitemap, TextSitemap
from programs.models import Component, Program, Track

SITEMAPS: dict[str, Sitemap] = {
    "programs": TextSitemap(Program),
    "components": TextSitemap(Component),
    "tracks": TextSitemap(Track),
    "program-lists": ListSitemap(
        "programs:index",
        "programs:component-list",
        "programs:track-list",
        "programs:schedule",
        "programs:guide",
        "admissions:inquiry",
    ),
}

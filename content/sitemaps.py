from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from content.models import PAGE_ROUTES, Article, Page, Text, Topic


class TextSitemap(Sitemap):
    """The published texts of one model."""

    model: type[Text]

    def items(self) -> QuerySet[Text]:
        return self.model._default_manager.open()

    def lastmod(self, item: Text) -> datetime:
        return item.updated_at


class ArticleSitemap(TextSitemap):
    model = Article


class PageSitemap(TextSitemap):
    model = Page

    def items(self) -> QuerySet[Text]:
        return super().items().filter(slug__in=PAGE_ROUTES)


class TopicSitemap(Sitemap):
    """The topics and needs under which there is something to read."""

    def items(self) -> QuerySet[Topic]:
        return Topic.objects.with_texts()


class ListSitemap(Sitemap):
    """Pages that are lists rather than texts."""

    def items(self) -> list[str]:
        return ["content:article-list", "content:faq", "content:glossary"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {
    "articles": ArticleSitemap,
    "pages": PageSitemap,
    "topics": TopicSitemap,
    "lists": ListSitemap,
}

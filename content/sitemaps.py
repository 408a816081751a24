from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from content.models import PAGE_ROUTES, Article, Page, Text


class TextSitemap(Sitemap):
    """The published texts of one model."""

    model: type[Text]

    def items(self) -> QuerySet[Text]:
        return self.model._default_manager.published()

    def lastmod(self, item: Text) -> datetime:
        return item.updated_at


class ArticleSitemap(TextSitemap):
    model = Article


class PageSitemap(TextSitemap):
    model = Page

    def items(self) -> QuerySet[Text]:
        return super().items().filter(slug__in=PAGE_ROUTES)


class ListSitemap(Sitemap):
    """Pages that are lists rather than texts."""

    def items(self) -> list[str]:
        return ["content:article-list", "content:faq", "content:glossary"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {"articles": ArticleSitemap, "pages": PageSitemap, "lists": ListSitemap}

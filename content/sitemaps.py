"""What search engines are told to read: the texts, and the pages that are lists of them."""

from datetime import datetime
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from content.models import PAGE_ROUTES, Article, Page, Text, Topic


class TextSitemap(Sitemap):
    """The texts of one model that can be opened; `only` narrows them."""

    def __init__(self, model: type[Text], **only: Any) -> None:
        self.model, self.only = model, only

    def items(self) -> QuerySet[Text]:
        return self.model._default_manager.open().filter(**self.only)

    def lastmod(self, item: Text) -> datetime:
        return item.updated_at


class TopicSitemap(Sitemap):
    """The topics and needs under which there is something to read."""

    def items(self) -> QuerySet[Topic]:
        return Topic.objects.with_texts()


class ListSitemap(Sitemap):
    """Pages that are lists or forms rather than texts, by the names of their addresses."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def items(self) -> list[str]:
        return list(self.names)

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS: dict[str, Sitemap] = {
    "articles": TextSitemap(Article),
    "pages": TextSitemap(Page, slug__in=PAGE_ROUTES),
    "topics": TopicSitemap(),
    "lists": ListSitemap("content:article-list", "content:faq", "content:glossary"),
}

"""The Atom feed of articles."""

from datetime import datetime

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.feedgenerator import Atom1Feed

from content.models import Article


class ArticleFeed(Feed):
    feed_type = Atom1Feed
    title = "Articles about intensive outpatient care"
    link = reverse_lazy("content:article-list")
    subtitle = "New and revised texts."

    def items(self) -> QuerySet[Article]:
        return Article.objects.published().for_page()[:30]

    def item_title(self, item: Article) -> str:
        return item.title

    def item_description(self, item: Article) -> str:
        return item.summary

    def item_pubdate(self, item: Article) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Article) -> datetime | None:
        return item.updated_at

    def item_author_name(self, item: Article) -> str:
        return item.author.name

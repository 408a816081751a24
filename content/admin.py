"""The texts in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from content.models import Article, Faq, GlossaryTerm, Page, Person, Source, Topic


class TextAdmin(admin.ModelAdmin):
    """What is common to all that is written and published. A text is archived, not deleted."""

    list_display = ("title", "status", "author", "reviewer", "next_review_on", "updated_at")
    list_filter = ("status", "topics")
    list_select_related = ("author", "reviewer")
    search_fields = ("title", "summary", "body")
    filter_horizontal = ("topics",)
    readonly_fields = ("created_at", "updated_at")
    extra_fields: tuple[str, ...] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": ("title", "slug", "summary", *self.extra_fields, "body")}),
            (_("Publishing"), {"fields": ("status", "published_at", "language")}),
            (_("Review"), {"fields": ("author", "reviewer", "reviewed_on", "next_review_on")}),
            (_("Connections"), {"fields": ("topics", "related")}),
            (_("Times"), {"fields": ("created_at", "updated_at")}),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Article)
class ArticleAdmin(TextAdmin):
    prepopulated_fields = {"slug": ("title",)}


@admin.register(Page)
class PageAdmin(TextAdmin):
    extra_fields = ("headline", "lede")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a standing page has a fixed address; see content.models.PAGE_ROUTES

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("slug", *super().get_readonly_fields(request, obj))


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    list_display = ("key", "publisher", "title", "year", "kind", "checked_on")
    list_filter = ("kind",)
    search_fields = ("key", "publisher", "title")


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "order")


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("name", "credentials", "role", "is_sample", "on_team_page")
    list_filter = ("is_sample",)


@admin.register(Faq)
class FaqAdmin(admin.ModelAdmin):
    list_display = ("question", "topic", "order", "is_published")
    list_filter = ("topic", "is_published")
    list_select_related = ("topic",)
    search_fields = ("question", "answer")


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(admin.ModelAdmin):
    list_display = ("term", "definition")
    search_fields = ("term", "definition")

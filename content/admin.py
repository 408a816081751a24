"""The texts in the admin."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from content.form_fields import LinesAdmin, LinesField
from content.image_admin import ImageAdmin
from content.models import Article, Faq, GlossaryTerm, Image, Page, Person, Source, Topic
from content.text_admin import TextAdmin


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
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
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
class GlossaryTermAdmin(LinesAdmin):
    line_fields = {"also": LinesField}
    list_display = ("term", "definition")
    search_fields = ("term", "definition")


admin.site.register(Image, ImageAdmin)

"""A list of short texts as a text area with one on each line, for the JSON fields of the models."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from content.models import Source

MOST_LINES = 50
MOST_CHARACTERS = 200  # in a line


class LinesField(forms.CharField):
    """A list of strings, one on each line; empty lines and repetitions are left out.

    A subclass says in `faults` what is wrong with the lines.
    """

    widget = forms.Textarea(attrs={"rows": 4, "cols": 60, "spellcheck": "false"})

    def faults(self, lines: list[str]) -> list[str]:
        """Return a sentence for each line that may not be there."""
        return []

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = [" ".join(line.split()) for line in str(value or "").splitlines()]
        lines = list(dict.fromkeys(filter(None, lines)))
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(
                _("%(count)d lines are too many; at most %(most)d."),
                params={"count": len(lines), "most": MOST_LINES},
            )
        wrong = [
            _("“%(start)s …” is too long for a line.") % {"start": line[:20]}
            for line in lines
            if len(line) > MOST_CHARACTERS
        ]
        wrong += [
            _("A line holds a character that cannot be shown.")
            for line in lines
            if not line.isprintable()
        ][:1]
        if wrong or (wrong := self.faults(lines)):
            raise forms.ValidationError(wrong)
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return list(initial or []) != self.to_python(data)
        except forms.ValidationError:
            return True


class SourceKeysField(LinesField):
    """Keys of sources. One query."""

    def faults(self, lines: list[str]) -> list[str]:
        known = set(Source.objects.filter(key__in=lines).values_list("key", flat=True))
        return [
            _("There is no source “%(key)s”.") % {"key": key} for key in lines if key not in known
        ]


class AddressesField(LinesField):
    """Addresses of pages of this site, such as /programs/. A query for each text among them."""

    def faults(self, lines: list[str]) -> list[str]:
        return [
            _("There is no page “%(address)s” on this site.") % {"address": line}
            for line in lines
            if not _is_page(line)
        ]


def _is_page(address: str) -> bool:
    """Return whether a page of ours has the address; the text behind it may not be public yet."""
    try:
        match = resolve(address)
    except Resolver404:
        return False
    view = getattr(match.func, "view_class", None)
    if view is None or "admin" in match.namespaces:
        return False
    model = getattr(view, "model", None)
    if model is None or "slug" not in match.kwargs:
        return True
    return model._default_manager.filter(slug=match.kwargs["slug"]).exists()


class LinesAdmin(admin.ModelAdmin):
    """An admin whose JSON fields named in `line_fields` are edited one entry a line."""

    line_fields: ClassVar[dict[str, type[LinesField]]] = {}

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = self.line_fields.get(db_field.name)
        if field is None:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return field(
            label=capfirst(db_field.verbose_name),
            help_text=_("One on each line. %(more)s") % {"more": db_field.help_text},
            required=not db_field.blank,
        )

"""The editor's desk for one kind of text: write, preview, review, publish, compare, roll back.

The form writes words; state is changed by `content.publishing`, one button a verb.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from content import publishing
from content.differences import compare
from content.form_fields import AddressesField, LinesAdmin
from content.models import Text, TextStatus
from content.preview import preview_path, render_preview

MAX_BODY = 100_000  # characters: thirty times a long article


class TextForm(forms.ModelForm):
    """The words of a text. `base` is the revision they were written on."""

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["base"] = publishing.latest_number(self.instance)

    def clean_body(self) -> str:
        body = self.cleaned_data["body"]
        if len(body) > MAX_BODY:
            raise forms.ValidationError(
                _("The text has %(count)d characters. Please keep it below %(most)d."),
                params={"count": len(body), "most": MAX_BODY},
            )
        return body

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        newest = publishing.latest_number(self.instance) if self.instance.pk else 0
        if (data.get("base") or 0) < newest:
            saved = publishing.revisions(self.instance).first()
            # Shown with the newer number: who has read this may save over it, knowingly.
            data_again: Any = self.data.copy()  # type: ignore[attr-defined]
            data_again["base"] = str(newest)
            self.data = data_again
            raise forms.ValidationError(
                _(
                    "%(who)s saved this text meanwhile (“%(what)s”). Yours is below, not saved. "
                    "Compare in the history, then save again to replace theirs."
                ),
                params={"who": saved.by if saved else "", "what": saved.what if saved else ""},
            )
        return data


# What may be done with a text, each verb by its function in `publishing`, and what is said then.
VERBS: dict[str, tuple[Callable[..., object], Any]] = {
    "submit": (publishing.submit, _("The text waits for review.")),
    "send-back": (publishing.send_back, _("The text is a draft again.")),
    "approve": (publishing.approve, _("Signed off with your name and today's date.")),
    "publish": (publishing.publish, _("The text is public now.")),
    "schedule": (publishing.publish, _("The text will appear by itself.")),
    "archive": (publishing.archive, _("The text is off the site.")),
    "reopen": (publishing.reopen, _("The text is a draft again.")),
    "roll-back": (
        publishing.roll_back,
        _("Rolled back. The state of the text is as it was."),
    ),
}
# … and in which state each is offered.
OFFERS = {
    TextStatus.DRAFT: ("submit", "publish", "schedule", "archive"),
    TextStatus.IN_REVIEW: ("approve", "send-back", "publish", "schedule", "archive"),
    TextStatus.SCHEDULED: ("publish", "reopen", "archive"),
    TextStatus.PUBLISHED: ("approve", "archive"),
    TextStatus.ARCHIVED: ("reopen", "publish"),
}


class TextAdmin(LinesAdmin):
    """What is common to all that is written and published. A text is archived, not deleted."""

    form = TextForm
    line_fields = {"related": AddressesField}
    change_form_template = "admin/content/text/change_form.html"
    list_display = ("title", "status", "author", "reviewer", "next_review_on", "updated_at")
    list_filter = ("status", "topics")
    list_select_related = ("author", "reviewer")
    search_fields = ("title", "summary", "body")
    # Not filter_horizontal: its script leaves the label and two icons without what they name.
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    readonly_fields = ("status", "published_at", "reviewer", "reviewed_on")
    extra_fields: tuple[str, ...] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": ("title", "slug", "summary", *self.extra_fields, "body", "base")}),
            (_("Connections"), {"fields": ("author", "topics", "related", "language")}),
            (_("Review"), {"fields": ("reviewer", "reviewed_on", "next_review_on")}),
            (_("Publishing"), {"fields": ("status", "published_at")}),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=self._name(name),
            )
            for name, view in (("do", self.act), ("preview", self.preview))
        ]
        return [*own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = self.model._default_manager.filter(pk=obj.pk).first() if change else None
        if before is not None:
            publishing.keep_baseline(text=before)
        form.old_path = before.get_absolute_url() if before and before.published_at else ""
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Record the edit once the topics are there too."""
        super().save_related(request, form, formsets, change)
        signed = form.instance.reviewer_id
        changed = [name for name in form.changed_data if name != "base"]
        if any(one.has_changed() for one in formsets):
            changed.append("schedule")
        publishing.record_edit(
            text=form.instance, by=_user(request), changed=changed, old_path=form.old_path
        )
        if signed and not form.instance.reviewer_id:
            messages.warning(request, _("The text changed, so its clinical sign-off is gone."))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        text = self.get_object(request, object_id)
        extra = self._panel(request, text) if text else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The revisions of a text, each with what it changed and a way back to it."""
        text = self.get_object(request, object_id)
        if text is None:
            raise Http404
        if not self.has_view_or_change_permission(request, text):
            raise PermissionDenied
        every = list(publishing.revisions(text)[:51])
        steps = [
            (newer, compare(older, newer))
            for newer, older in zip(every[:50], [*every[1:], None], strict=False)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of “%(title)s”") % {"title": text},
            "opts": self.opts,
            "text": text,
            "steps": steps,
            "do_url": reverse(f"admin:{self._name('do')}", args=[text.pk]),
            "may_change": self.has_change_permission(request, text),
        }
        return TemplateResponse(request, "admin/content/text/history.html", context)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do one verb of publishing; refused, the text's page says why."""
        text = self._text(request, pk)
        verb, done = VERBS.get(request.POST.get("verb", ""), (None, ""))
        if verb is None:
            raise Http404
        try:
            verb(text=text, by=_user(request), **_details(request, text))
        except publishing.PublishingError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
        return redirect(f"admin:{self._name('change')}", pk)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what is in the form, not saved, as the public would see it."""
        text = self._text(request, pk)
        path_before = text.get_absolute_url()
        form = self.get_form(request, text)(request.POST, instance=text)
        if not form.is_valid() and "body" not in form.cleaned_data:
            return TemplateResponse(
                request,
                "admin/content/text/no_preview.html",
                {**self.admin_site.each_context(request), "title": _("Preview"), "form": form},
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        # A new slug has no address yet.
        text.get_absolute_url = lambda: path_before  # type: ignore[method-assign]
        return render_preview(request, text)

    def _text(self, request: HttpRequest, pk: int) -> Text:
        text = self.get_object(request, str(pk))
        if text is None:
            raise Http404
        if not self.has_change_permission(request, text):
            raise PermissionDenied
        return text

    def _name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def _panel(self, request: HttpRequest, text: Text) -> dict[str, Any]:
        """Return what the panel above the form offers for the state the text is in."""
        return {
            "text": text,
            "verbs": OFFERS[TextStatus(text.status)],
            "number": publishing.latest_number(text),
            "do_url": reverse(f"admin:{self._name('do')}", args=[text.pk]),
            "preview_url": reverse(f"admin:{self._name('preview')}", args=[text.pk]),
            "shared_url": request.build_absolute_uri(preview_path(text)),
            "blocker": publishing.blocker(),
        }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  admin_view lets nobody else in
    return request.user


def _details(request: HttpRequest, text: Text) -> dict[str, Any]:
    """Return what a verb needs to know beside the text, from what was typed or chosen."""
    verb, number = request.POST["verb"], request.POST.get("number", "")[:40]
    chosen = int(number) if number.isdecimal() else -1
    if verb == "approve":
        return {"number": chosen}
    if verb == "roll-back":
        revision = publishing.revisions(text).filter(number=chosen).first()
        if revision is None:
            raise publishing.PublishingError(_("There is no such revision."))
        return {"to": revision}
    if verb != "schedule":
        return {}
    try:
        at = datetime.fromisoformat(request.POST.get("at", "")[:40]).replace(tzinfo=None)
        return {"at": timezone.make_aware(at)}
    except (ValueError, OverflowError):
        raise publishing.PublishingError(
            _("Enter the day and the time, such as 2027-03-01 08:00.")
        ) from None

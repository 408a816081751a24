"""Forms of several pages over an encrypted draft (`admissions.drafts`).

The first page of such a form is at its own address and begins the draft when it is sent; each of
the others is at `…/<token>/<step>/`. A step can be opened again at any time; one that is still out
of reach leads to the first that has to be filled in; a draft that was sent leads to what was sent.

What was typed is kept in whatever order it comes. Where the draft is there no more, the page is
shown again with all of it and begins another.
"""

import contextlib
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from admissions import drafts, intake, spam
from admissions.enums import DraftKind, Suspicion
from admissions.forms.base import PublicForm
from admissions.models import Draft, StatusAccess
from admissions.views.base import PublicFormView, confirmed, gone
from iop_site.views import UNAVAILABLE


def step_url(kind: DraftKind, token: str, step: str) -> str:
    return reverse(f"admissions:{kind.value}-step", args=[token, step])


def begin_draft(
    kind: DraftKind,
    *,
    access: StatusAccess | None = None,
    key: uuid.UUID | None = None,
    first: tuple[str, dict[str, Any]] | None = None,
    suspicions: Iterable[Suspicion] = (),
) -> HttpResponse:
    """Begin a draft, keep the answers of its first step where there are some, and go on to it.

    `suspicions` are what speaks against the page that begins it.
    """
    draft, token = drafts.begin(kind=kind, access=access, key=key)
    if first is not None:
        drafts.keep(draft, step=first[0], answers=first[1], suspicions=suspicions)
    return redirect(f"admissions:{kind.value}-resume", token)


class StepView(PublicFormView):
    """One step of a draft. Subclasses say which steps there are and what each form is.

    `steps_of(draft)` lists the steps in order; `is_done(draft, step)` says whether one is filled
    in. The last step sends (`send`); the others only keep their answers.
    """

    draft_kind: DraftKind
    forms: Mapping[str, type[PublicForm]]
    draft: Draft

    def steps_of(self, draft: Draft) -> list[str]:
        raise NotImplementedError

    def is_done(self, draft: Draft, step: str) -> bool:
        return step in draft.answers

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.step not in self.forms:
            raise Http404
        try:
            elsewhere = self._find()
        except UNAVAILABLE:
            if request.method != "POST":
                raise
            self.draft = Draft(kind=self.draft_kind)  # what was typed is shown again all the same
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE)
        return elsewhere or super().dispatch(request, *args, **kwargs)

    def _find(self) -> HttpResponse | None:
        """Go to work on the draft that the address speaks of, or return what to answer instead."""
        draft = drafts.find(self.draft_kind, self.token)
        if draft is None:
            return self.show_anew() if self.request.method == "POST" else gone(self.request)
        if draft.sent_access is not None:
            return confirmed(self.draft_kind.value, draft.sent_access.reference)
        self.use(draft)
        steps, reads = self.steps_of(draft), self.request.method != "POST"
        if self.step not in steps or (
            reads and steps.index(self.step) > steps.index(self.first_open())
        ):
            return HttpResponseRedirect(self.url_of(self.first_open()))
        return None

    def use(self, draft: Draft) -> None:
        """Go to work on a draft that was found; a subclass may read more that belongs to it."""
        self.draft = draft

    @property
    def token(self) -> str:
        return str(self.kwargs["token"])

    @property
    def step(self) -> str:
        return str(self.kwargs["step"])

    def url_of(self, step: str) -> str:
        return step_url(self.draft_kind, self.token, step)

    def first_open(self) -> str:
        """Return the first step that is not filled in; the last one is never."""
        steps = self.steps_of(self.draft)
        return next((one for one in steps[:-1] if not self.is_done(self.draft, one)), steps[-1])

    def get_form_class(self) -> type[PublicForm]:
        return self.forms[self.step]

    def get_form(self, form_class: type[PublicForm] | None = None) -> Any:
        form: Any = super().get_form(form_class)
        form.helper.form_action = self.url_of(self.step)
        return form

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), **self.draft.answers.get(self.step, {})}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        steps = self.steps_of(self.draft)
        number = steps.index(self.step) + 1
        context = super().get_context_data(
            step=self.step, step_number=number, step_count=len(steps), **kwargs
        )
        if number > 1:
            context["back_url"] = self.url_of(steps[number - 2])
        if self.draft.pk is not None:
            names = {name: f"admissions:{self.draft_kind.value}-{name}" for name in _LINKS}
            context["discard_url"] = reverse(names["discard"], args=[self.token])
            context["resume_url"] = settings.SITE_URL + reverse(names["resume"], args=[self.token])
            context["kept_until"] = self.draft.expires_at
        return context

    def accept(self, form: PublicForm) -> HttpResponse:
        if self.step == self.first_open() == self.steps_of(self.draft)[-1]:
            return self.send(form)
        try:
            self.keep(form)
        except drafts.DraftOver:
            return self.show_over()
        if form.errors:
            return self.form_invalid(form)
        # On to the next, or back to the summary for who came from there.
        return HttpResponseRedirect(self.url_of(self.first_open()))

    def keep(self, form: PublicForm) -> None:
        """Keep what the step asked. What cannot be kept becomes an error of the form."""
        drafts.keep(
            self.draft,
            step=self.step,
            answers=form.answers(),
            suspicions=spam.reasons_in(form.evidence(begun_at=self.draft.created_at)),
        )

    def send(self, form: PublicForm) -> HttpResponse:
        """Submit the whole draft."""
        raise NotImplementedError

    def sender(
        self, form: PublicForm, *, answers: Mapping[str, Any] | None = None
    ) -> intake.Sender:
        """Return who sends the draft; what spoke against one of its pages still does.

        `answers` are those of all pages, where the last form does not give them.
        """
        found = form.suspicions(self.request, answers=answers, begun_at=self.draft.created_at)
        known = {*found, *drafts.suspicions_of(self.draft)}
        return intake.Sender(
            access=self.draft.access, suspicions=[one for one in Suspicion if one in known]
        )

    def show_unsent(self, status: HTTPStatus, form: PublicForm | None = None) -> HttpResponse:
        if not hasattr(self, "draft"):  # the protection cookie was missing: not dispatched
            self.draft = Draft(kind=self.draft_kind)
            with contextlib.suppress(*UNAVAILABLE):
                draft = drafts.find(self.draft_kind, self.token)
                if draft is not None and draft.sent_access is not None:
                    return confirmed(self.draft_kind.value, draft.sent_access.reference)
                if draft is not None:
                    self.use(draft)
            if self.step not in self.steps_of(self.draft):
                return gone(self.request)
        return super().show_unsent(status, form)

    def show_anew(self) -> HttpResponse:
        """Show what was typed for a draft that is there no more, on a page of a new one."""
        self.draft, self.kwargs["token"] = drafts.begin(kind=self.draft_kind)
        return self.show_unsent(HTTPStatus.GONE)

    def show_over(self) -> HttpResponse:
        """Answer a page whose draft was sent or discarded while the page was being sent."""
        return self._find() or HttpResponseRedirect(self.url_of(self.step))


_LINKS = ("discard", "resume")


class ResumeView(View):
    """Where a draft's link leads: to the first step that is not filled in."""

    step_view: type[StepView]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        view = self.step_view()
        draft = drafts.find(view.draft_kind, token)
        if draft is None:
            return gone(request)
        if draft.sent_access is not None:
            return confirmed(view.draft_kind.value, draft.sent_access.reference)
        view.draft = draft
        return HttpResponseRedirect(step_url(view.draft_kind, token, view.first_open()))


class DiscardView(View):
    """Throw a draft away: the button on each step, and the link that leaves the site."""

    http_method_names = ["post", "options"]
    draft_kind: DraftKind

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        draft = drafts.find(self.draft_kind, token)
        if draft is not None and draft.sent_access is not None:
            return confirmed(self.draft_kind.value, draft.sent_access.reference)
        if draft is not None:
            drafts.discard(draft)
        return redirect("admissions:discarded")


class DiscardedView(TemplateView):
    """What was typed is deleted."""

    template_name = "admissions/discarded.html"

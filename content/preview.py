"""Showing a text as the public would see it, before the public does.

A shared preview link holds a signed reference to the text and expires; a preview page is never
kept, never indexed, and never at the public address.
"""

from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import resolve, reverse

from content.models import Text, text_models

SALT = "content.preview"
LASTS_SECONDS = 7 * 24 * 60 * 60


def preview_path(text: Text) -> str:
    """Return the path of a preview that may be passed on; it works for seven days."""
    token = signing.dumps([text._meta.label_lower, text.pk], salt=SALT)
    return reverse("content:preview", args=[token])


def text_of(token: str) -> Text:
    """Return the text of a preview link; Http404 where it is not ours, or too old."""
    try:
        label, pk = signing.loads(token, salt=SALT, max_age=LASTS_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
    model = next((one for one in text_models() if one._meta.label_lower == label), None)
    text = model._default_manager.for_page().filter(pk=pk).first() if model else None
    if text is None:
        raise Http404
    return text


def render_preview(request: HttpRequest, text: Text) -> HttpResponse:
    """Return the text in the template of its public page, whatever its status."""
    match = resolve(text.get_absolute_url())
    view: Any = match.func.view_class(**match.func.view_initkwargs)  # type: ignore[attr-defined]
    view.setup(request, *match.args, **match.kwargs)
    view.object = text
    response: TemplateResponse = view.render_to_response(
        view.get_context_data(object=text, text=text, is_preview=True)
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def shared_preview(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a preview link."""
    return render_preview(request, text_of(token))

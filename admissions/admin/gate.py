"""What the desk's own pages ask first: who it is, and whether what they ask for is there."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from admissions import audit
from admissions.exceptions import NotAllowed
from iop_site.roles import COORDINATOR, MANAGER, has_role


def one_of(request: HttpRequest, act: str, *roles: str) -> User:
    """Return who asks, if they have one of the roles; anybody else is refused, on the record."""
    assert isinstance(request.user, User)  # noqa: S101  admin_view lets nobody else in
    if not has_role(request.user, *roles):
        audit.record_refusal(lead=None, by=request.user, act=act, error=NotAllowed())
        raise PermissionDenied
    return request.user


def worker(request: HttpRequest, act: str) -> User:
    """Return who asks, if their role includes leads."""
    return one_of(request, act, COORDINATOR, MANAGER)


def found_or_404(rows: QuerySet[Any], pk: int, *, by: User, act: str) -> Any:
    """Return a row by its id; who guesses is in the audit."""
    found = rows.filter(pk=pk).first()
    if found is None:
        audit.record_refusal(lead=None, by=by, act=act, error=Http404())
        raise Http404
    return found

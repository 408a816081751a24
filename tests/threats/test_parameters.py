"""Threats 3 and 4, and what else a request may carry: it is data, and never does what it says."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.admissions.conftest import dump, send_insurance  # noqa: F401  a fixture
from tests.factories import inquiry_post
from tests.iop_site.test_role_matrix import everything  # noqa: F401  a fixture
from tests.threats.tools import filled, public_routes

pytestmark = pytest.mark.django_db
MODELS = sorted(f"{one._meta.app_label}_{one._meta.model_name}" for one in admin.site._registry)
# Of people and of who may do what: nothing of these is ever written by a form of the plain admin.
KEPT = {
    f"admissions_{name}"
    for name in "lead inquiry insuranceverification cardphoto consent consentwording consultation "
    "contactattempt leadnote outboxmessage leadmerge statusaccess leadtoken draft".split()
} | {"auth_user", "auth_group", "auth_user_groups", "auth_group_permissions"}


@pytest.fixture
def manager_at_the_desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def kept() -> dict[str, Any]:
    return {name: rows for name, rows in dump().items() if name in KEPT}


def forged(label: str, pk: Any) -> dict[str, Any]:
    """Return what a list, an inline of any other model and a plain save would be posted as."""
    sent: dict[str, Any] = {
        "action": "delete_selected",
        "_selected_action": [pk],
        "post": "yes",
        "_save": "Save",
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-MAX_NUM_FORMS": 1000,
        "form-0-id": pk,
        "form-0-is_active": "on",
        "form-0-status": "closed",
    }
    model = apps.get_model(*label.split("_"))
    for related in model._meta.related_objects:
        prefix = related.get_accessor_name() or "x"
        sent |= {
            f"{prefix}-TOTAL_FORMS": 1,
            f"{prefix}-INITIAL_FORMS": 0,
            f"{prefix}-0-text": "forged",
            f"{prefix}-0-lead": pk,
            f"{prefix}-0-first_name": "Forged",
            f"{prefix}-0-is_superuser": "on",
        }
    return sent


@pytest.mark.parametrize("label", MODELS)
def test_threat_03_forged_list_and_inline_posts_create_and_delete_nothing(
    label: str,
    manager_at_the_desk: Client,
    everything: None,  # noqa: F811  the fixture
) -> None:
    client, model = manager_at_the_desk, apps.get_model(*label.split("_"))
    row = model._default_manager.order_by("pk").first()
    before, count = kept(), model._default_manager.count()
    places = [reverse(f"admin:{label}_changelist"), reverse(f"admin:{label}_add")]
    if row is not None:
        places.append(reverse(f"admin:{label}_change", args=[row.pk]))
    for place in places:
        answer = client.post(place, forged(label, row.pk if row else 1))
        assert answer.status_code in (200, 302, 403, 404, 405), place
    assert kept() == before
    assert model._default_manager.count() == count


LOOKUPS = [
    "lead__phone__startswith",
    "lead__first_name__contains",
    "owner__password__startswith",
    "password__startswith",
    "user__password__startswith",
    "recipient__password__regex",
    "by__password__startswith",
    "groups__permissions__codename",
    "seal__startswith",
    "consultation__token_digest__startswith",
    "__class__",
    "a'b",
    "__proto__[x]",
]


@pytest.mark.shows("ASVS 1.2.4")
@pytest.mark.parametrize("label", MODELS)
def test_threat_04_lookups_in_an_address_ask_for_nothing_that_the_page_does_not_offer(
    label: str,
    client: Client,
    everything: None,  # noqa: F811  the fixture
) -> None:
    """Even for who may see all: a list that answers would tell a field letter by letter."""
    client.force_login(User.objects.create_superuser("root@example.org"))
    place = reverse(f"admin:{label}_changelist")
    whole = client.get(place)
    for lookup in LOOKUPS:
        for value in ("md5", "\x00"):
            answer = client.get(place, {lookup: value})
            if answer.status_code == 302:
                assert answer["Location"].endswith("?e=1"), (lookup, answer["Location"])
            elif answer.status_code == 200 and "cl" in (answer.context or {}):
                rows = answer.context["cl"].queryset
                assert rows.count() == whole.context["cl"].queryset.count(), lookup
            else:
                assert answer.status_code in (200, 400), (lookup, answer.status_code)


ODD = {
    "__proto__[admin]": "1",
    "constructor.prototype": "1",
    "first_name[]": "array",
    "lead__status": "admitted",
    "pk": "1",
    "_method": "DELETE",
    "_httpmethod": "PUT",
}


def test_threat_04_odd_parameters_of_a_form_are_neither_kept_nor_a_fault(
    client: Client, starter_content: None
) -> None:
    fields = {name: [value] for name, value in inquiry_post().items()}
    fields |= {"first_name": ["First", "Second"], **{name: [value] for name, value in ODD.items()}}
    headers = {"x-http-method-override": "DELETE", "x-method-override": "PUT"}
    answer = client.post("/admissions/inquiry/myself/", fields, headers=headers)
    assert answer.status_code == 302
    (answers,) = apps.get_model("admissions", "Inquiry").objects.values_list("answers", flat=True)
    assert answers["first_name"] == "Second"
    assert "admitted" not in str(answers)
    assert not {"pk", "lead__status", "_method"} & set(answers)


@pytest.mark.shows("ASVS 15.3.7")
@pytest.mark.parametrize("route", [one for one in public_routes() if "<" not in one])
def test_odd_parameters_of_an_address_are_no_fault(
    route: str, client: Client, starter_content: None
) -> None:
    for value in ("\x00", "a\r\nSet-Cookie: x=1", "%00", "[]", "9" * 40, "'\"><script>", "\ud7ff"):
        names = ("q", "page", "from", "next", "type", "topic", "since", *ODD)
        answer = client.get(f"/{route}", dict.fromkeys(names, value))
        assert answer.status_code < 500, (route, value)
        assert b"<script>'" not in answer.content.replace(b"'\"><script>", b"<script>'")
        assert not any("\n" in name + text for name, text in answer.items())
        assert "x" not in answer.cookies


def test_every_route_was_asked() -> None:
    assert {"", "search/", "admissions/status/", "csp-reports"} <= set(public_routes())
    assert filled("a/<str:token>/b/<int:pk>/", token="t") == "/a/t/b/nothing/"

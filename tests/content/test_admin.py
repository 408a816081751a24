"""Every form of the texts and the provider in the admin opens, and takes what it should."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from content.models import Page, Source
from iop_site import roles
from programs.models import ProviderProfile

MODELS = [
    model for model in admin.site._registry if model._meta.app_label in ("content", "programs")
]


@pytest.fixture
def editor(client: Client, make_staff: Any) -> Client:
    client.force_login(make_staff(roles.CONTENT_EDITOR))
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_add_page_opens_where_something_may_be_added(editor: Client, model: Any) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    fixed = model in (Page, ProviderProfile)
    assert editor.get(address).status_code == (403 if fixed else 200)


def test_an_address_without_a_scheme_is_taken_as_https(editor: Client) -> None:
    source = {
        "key": "a-2026", "publisher": "A", "title": "T", "year": "2026", "url": "example.org/a",
        "checked_on": "2026-11-21", "kind": "primary",
    }  # fmt: skip
    assert editor.post(reverse("admin:content_source_add"), source).status_code == 302
    assert Source.objects.get(key="a-2026").url == "https://example.org/a"

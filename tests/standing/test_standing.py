"""docs/security.md says what is so: requirements are shown or open, each column has its line."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import BinaryField, CharField, JSONField, TextField
from django.db.models.fields import Field

from admissions.models import Lead
from iop_site.fields import EncryptedBinaryField, EncryptedJSONField, EncryptedTextField
from tests.standing.document import BLOCK, FILE, WRITERS, written
from tests.standing.lists import LISTS, not_here, read, requirements, shown

ENCRYPTED = (EncryptedBinaryField, EncryptedJSONField, EncryptedTextField)
NOTICE = Path(settings.BASE_DIR) / "content" / "starter" / "pages" / "privacy.md"
ALL = [one for name in LISTS for one in requirements(name)]


@pytest.mark.shows(
    "ASVS 2.1.3", "ASVS 5.1.1", "ASVS 6.1.1", "ASVS 7.1.1", "ASVS 7.1.2", "ASVS 13.1.1"
)
def test_the_document_is_what_would_be_written():
    text = FILE.read_text()

    assert written(text) == text, "python -m tests.standing --write"
    assert [block[1] for block in BLOCK.findall(text)] == sorted(WRITERS, key=text.index)


@pytest.mark.parametrize("one", ALL, ids=[one.number for one in ALL])
def test_every_requirement_is_shown_by_a_test_or_open_with_a_reason(one):
    assert shown().get(one.number) or one.open


@pytest.mark.parametrize("number", sorted(read("threats")))
def test_every_threat_has_a_test(number):
    assert shown().get(f"threat {number}")


def test_markers_name_requirements_that_there_are():
    known = {one.number for one in ALL} | {f"threat {number}" for number in read("threats")}

    assert set(shown()) <= known


@pytest.mark.parametrize("name", LISTS)
def test_no_number_is_listed_twice_and_what_is_left_out_has_a_reason(name):
    numbers = [one.number for one in requirements(name)]
    asked = [n for part in read(name)["chapters"].values() for n in part.get("asks", {})]
    opened = [n for part in read(name)["chapters"].values() for n in part.get("open", {})]

    assert len(numbers) == len(set(numbers))
    assert set(opened) <= set(asked)
    assert all(len(reason) > 20 for _, _, reason in not_here(name))


def test_the_list_of_the_asvs_is_whole():
    """Levels 1 and 2 of version 5.0.0 have 253 requirements, 29 in V10 and 7 in V17."""
    left_out = 0
    for _, numbers, _ in not_here("asvs"):
        for part in numbers.split(", "):
            first, _, last = part.partition(" to ")
            ends = [int((last or first).rpartition(".")[2])] if part != "all" else []
            left_out += sum(end - int(first.rpartition(".")[2]) + 1 for end in ends)

    assert len(requirements("asvs")) + left_out == 253 - 29 - 7


def columns() -> list[str]:
    """Return the columns that the lines of data flows name, as "app.Model.column"."""
    found = []
    for flow in read("data_flows")["flow"]:
        for line in flow["columns"]:
            model, _, names = line.partition(": ")
            found += [f"{model}.{name}" for name in names.split()]
    return found


def is_of_a_person(field: Field) -> bool:
    """Say whether a column could hold something about a person.

    These are: all encrypted ones, all of a lead, and texts of models that belong to a lead but for
    choices from a list.
    """
    model = field.model
    if isinstance(field, ENCRYPTED) or model is Lead:
        return True
    of_a_lead = any(one.related_model is Lead for one in model._meta.fields if one.is_relation)
    text = isinstance(field, CharField | TextField | JSONField | BinaryField)
    return of_a_lead and text and not field.choices


@pytest.mark.shows("ASVS 14.1.1", "ASVS 14.1.2")
def test_every_column_of_a_person_stands_in_one_line_of_the_data_flows():
    named = columns()
    personal = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if is_of_a_person(field)
    }

    assert len(named) == len(set(named))
    assert personal - set(named) == set()


def test_the_data_flows_name_columns_that_there_are():
    for one in columns():
        model, _, name = one.rpartition(".")
        assert apps.get_model(model)._meta.get_field(name), one


@pytest.mark.parametrize("flow", read("data_flows")["flow"], ids=lambda flow: flow["what"])
def test_the_public_notice_tells_of_each_kind_of_data(flow):
    text = re.sub(r"\s+", " ", NOTICE.read_text())

    assert flow["notice"] in text if "notice" in flow else len(flow["silent"]) > 20

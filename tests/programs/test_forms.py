"""The form of the guide asks every question and takes only the answers it offers."""

import pytest

from programs.forms import GuideForm
from programs.guide import QUESTIONS
from tests.programs.test_guide import CALM


def test_every_question_is_asked_in_order_and_has_to_be_answered() -> None:
    form = GuideForm({})
    assert list(form.fields) == [question.key for question in QUESTIONS]
    assert set(form.errors) == set(form.fields)


def test_a_full_set_of_answers_is_taken() -> None:
    form = GuideForm(CALM)
    assert form.is_valid()
    assert form.cleaned_data == CALM


@pytest.mark.parametrize("rubbish", ["", "maybe", "\x00", "yes ' or 1=1", "é" * 5000])
@pytest.mark.parametrize("key", ["danger", "age"])
def test_what_is_no_answer_is_named_by_its_question(key: str, rubbish: str) -> None:
    form = GuideForm({**CALM, key: rubbish})
    label = str(next(question.label for question in QUESTIONS if question.key == key))
    assert list(form.errors) == [key]
    assert label in form.errors[key][0]

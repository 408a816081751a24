"""The guide to levels of care: danger first, no promise, no diagnosis, nothing kept."""

import itertools
from collections.abc import Iterator

import pytest

from content.checking.banned_words import find_banned
from content.checking.readability import measure
from programs import guide
from programs.guide import LEVELS, QUESTIONS, Outcome, outcome_of

CALM = {
    "danger": "no",
    "body": "no",
    "nights": "yes",
    "days": "often",
    "tried": "nothing",
    "time": "days",
    "support": "someone",
    "age": "18-64",
}
RULES = {(q.key, answer.key): answer for q in QUESTIONS for answer in q.answers}
LEADS = {key: answer for key, answer in RULES.items() if answer.levels}


def levels(**changes: str) -> list[str]:
    return [one.level for one in outcome_of({**CALM, **changes}).suggestions]


def every_answer() -> Iterator[tuple[dict[str, str], Outcome]]:
    keys = [question.key for question in QUESTIONS]
    for values in itertools.product(*([v for v, _ in q.choices] for q in QUESTIONS)):
        answers = dict(zip(keys, values, strict=True))
        yield answers, outcome_of(answers)


def every_sentence() -> list[str]:
    said = [str(question.label) for question in QUESTIONS]
    said += [str(question.hint) for question in QUESTIONS if question.hint]
    said += [str(label) for question in QUESTIONS for _value, label in question.choices]
    for answer in RULES.values():
        said += [str(one) for one in (answer.because, answer.note, answer.ask) if one]
    return said + [str(one) for one in guide.ALWAYS_ASK]


def test_there_are_six_to_eight_questions_each_with_a_way_out() -> None:
    assert 6 <= len(QUESTIONS) <= 8
    assert len({question.key for question in QUESTIONS}) == len(QUESTIONS)
    assert all(len({v for v, _ in q.choices}) == len(q.choices) >= 2 for q in QUESTIONS)


# -- safety first


def test_no_level_is_named_before_help_whatever_else_is_answered() -> None:
    seen = 0
    for answers, outcome in every_answer():
        if answers["danger"] == "yes" or answers["body"] in ("withdrawal", "ill"):
            seen += 1
            assert outcome.first == ("danger" if answers["danger"] == "yes" else "body")
            assert outcome == Outcome(first=outcome.first)
        else:
            assert outcome.first == ""
    assert seen > 10_000


def test_emergency_services_are_the_first_to_call() -> None:
    assert set(guide.FIRST_LINES) == {"danger", "body"}
    assert {lines[0] for lines in guide.FIRST_LINES.values()} == {"911"}
    assert "988" in guide.FIRST_LINES["danger"]


def test_where_nights_are_unsafe_nobody_is_sent_home() -> None:
    for answers, outcome in every_answer():
        if answers["nights"] == "no" and not outcome.first:
            assert {one.level for one in outcome.suggestions} == {"residential", "inpatient"}
            assert RULES["nights", "no"].note in outcome.notes


def test_not_knowing_about_withdrawal_is_answered_with_a_warning() -> None:
    outcome = outcome_of({**CALM, "body": "unsure"})
    assert any("before anyone stops alcohol" in str(note) for note in outcome.notes)
    assert any("withdrawal" in str(question) for question in outcome.ask)


# -- the rules


def test_every_set_of_answers_leads_to_one_or_two_levels_with_their_reasons() -> None:
    for answers, outcome in every_answer():
        if outcome.first:
            continue
        found = [one.level for one in outcome.suggestions]
        assert 1 <= len(found) <= 2, answers
        assert found == sorted(found, key=LEVELS.index), answers
        for one in outcome.suggestions:
            led = [
                rule.because
                for (question, answer), rule in LEADS.items()
                if answers[question] == answer and one.level in rule.levels
            ]
            assert list(one.reasons) == led != [], answers
        assert outcome.ask[:2] == guide.ALWAYS_ASK
        assert len(set(outcome.ask)) == len(outcome.ask)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"days": "sometimes"}, ["outpatient"]),
        ({"days": "sometimes", "tried": "weekly-helps"}, ["outpatient"]),
        ({"days": "sometimes", "tried": "weekly-not-enough"}, ["outpatient", "iop"]),
        ({"days": "sometimes", "tried": "hospital", "time": "no"}, ["outpatient", "iop"]),
        ({"days": "often"}, ["iop"]),
        ({"days": "often", "tried": "weekly-helps"}, ["outpatient", "iop"]),
        ({"days": "often", "tried": "weekly-not-enough"}, ["iop"]),
        ({"days": "often", "tried": "hospital"}, ["iop", "php"]),
        ({"days": "often", "support": "nobody"}, ["iop"]),
        ({"days": "often", "time": "no"}, ["outpatient", "iop"]),
        ({"days": "most"}, ["php"]),
        ({"days": "most", "tried": "weekly-not-enough"}, ["iop", "php"]),
        ({"days": "most", "time": "no"}, ["php"]),
        ({"days": "most", "support": "nobody"}, ["php", "residential"]),
        ({"days": "always"}, ["php", "residential"]),
        ({"days": "always", "tried": "hospital"}, ["php", "residential"]),
        ({"nights": "with-help", "days": "often"}, ["iop"]),
        ({"nights": "no", "days": "sometimes"}, ["residential", "inpatient"]),
    ],
)
def test_answers_lead_to_the_levels_people_talk_about(
    changes: dict[str, str], expected: list[str]
) -> None:
    assert levels(**changes) == expected


@pytest.mark.parametrize("question", ["nights", "days"])
def test_a_worse_answer_never_leads_to_lighter_care(question: str) -> None:
    order = {"nights": ("yes", "with-help", "no"), "days": ("sometimes", "often", "most", "always")}
    for answers, outcome in every_answer():
        values = order[question]
        at = values.index(answers[question])
        if outcome.first or at + 1 == len(values):
            continue
        worse = outcome_of({**answers, question: values[at + 1]})
        closest = LEVELS.index(outcome.suggestions[-1].level)
        assert LEVELS.index(worse.suggestions[-1].level) >= closest, answers


def test_every_rule_is_about_an_answer_that_can_be_given() -> None:
    possible = {(q.key, value) for q in QUESTIONS for value, _label in q.choices}
    assert set(RULES) == possible
    assert {level for rule in LEADS.values() for level in rule.levels} == set(LEVELS)
    assert all(bool(rule.levels) == bool(rule.because) for rule in RULES.values())
    assert set(guide.WITHIN) == {v for q in QUESTIONS if q.key == "days" for v, _ in q.choices}


def test_tracks_are_named_for_teenagers_and_evenings() -> None:
    assert outcome_of({**CALM, "age": "13-17", "time": "evenings"}).tracks == (
        "evening",
        "adolescent",
    )
    assert outcome_of(CALM).tracks == ()


# -- the words


def test_the_words_are_plain_and_promise_nothing() -> None:
    said = every_sentence()
    assert measure(said).grade <= 8
    assert [hit for one in said for hit in find_banned(one, body=True)] == []
    assert max(len(one.split()) for text in said for one in text.split(". ")) <= 22

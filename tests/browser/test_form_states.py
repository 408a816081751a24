"""What holds for the public forms in every state: see `states` for which there are."""

import pytest

from tests.browser.states import State

# How many things are to be mended in a form that was sent empty.
MENDS = {
    "inquiry/myself/, sent empty": 6,
    "inquiry/someone/, sent empty": 7,
    "inquiry/professional/, sent empty": 7,
    "estimate/, sent empty": 6,
    "insurance/, sent empty": 4,
    "consultation/, sent empty": 2,
    "status/, sent empty": 2,
    "time known, sent empty": 2,
    "you known, taken": 1,
    "move, taken": 1,
    "you, sent empty": 7,
    "you, taken": 1,
    "insurance reach, sent empty": 3,
    "insurance coverage, sent empty": 1,
    "insurance subscriber, sent empty": 1,
    "insurance photos, sent empty": 2,
    "insurance check, sent empty": 4,
}


def told(findings: list[str]) -> str:
    return f"{len(findings)} findings:\n" + "\n".join(findings[:60])


def each(states: list[State], name: str) -> list[str]:
    return [f"{one.name}: {finding}" for one in states for finding in one.built[name]]


def test_axe_finds_nothing_in_any_state(states: list[State]) -> None:
    findings = [
        f"{one.name} ({look}): {finding}"
        for one in states
        for look, found in one.axe.items()
        for finding in found
    ]
    assert len(states) > 45
    assert not findings, told(findings)


def test_no_state_scrolls_sideways_or_is_cut_with_large_text(states: list[State]) -> None:
    findings = [f"{one.name}: {finding}" for one in states for finding in one.sideways + one.cut]
    assert not findings, told(findings)


def test_every_state_is_well_built(states: list[State]) -> None:
    findings = [
        finding
        for what in ("doubled", "dangling", "inline", "outside", "small", "moving")
        for finding in each(states, what)
    ]
    findings += [
        f"{one.name} has the headings {one.built['headings']}"
        for one in states
        if [level for level, _text in one.built["headings"]].count(1) != 1
    ]
    assert not findings, told(findings)


def test_every_input_has_its_label_and_every_group_its_legend(states: list[State]) -> None:
    findings = [f"{one.name}: {finding}" for one in states for finding in one.form]
    assert not findings, told(findings)


def test_every_state_has_its_crisis_numbers_and_no_call_bar(states: list[State]) -> None:
    for one in states:
        numbers = [href for href, _text in one.built["crisis"]]
        assert numbers.count("tel:988") >= 2, one.name  # in the strip and on the page
        assert not one.has_call_bar, one.name


def test_what_is_wrong_is_said_first_and_has_the_focus(states: list[State]) -> None:
    wrong = [one for one in states if one.wrong]
    assert {one.name: len(one.mends) for one in wrong} == MENDS
    for one in wrong:
        assert one.title.startswith("Error: "), one.name
        assert one.focused == "error-summary", one.name
        assert one.summary_is_first, one.name


def test_each_link_of_the_summary_reaches_its_input(states: list[State]) -> None:
    findings = [
        f"{one.name}: {link}"
        for one in states
        for link in one.mends
        if not (link["focused"] and link["inView"] and link["text"] in link["atField"])
    ]
    findings += [f"{one.name}: {name} unexplained" for one in states for name in one.unexplained]
    assert not findings, told(findings)


@pytest.mark.parametrize(
    "name", ["inquiry without its cookie", "insurance coverage, thrown away meanwhile"]
)
def test_a_form_that_was_not_sent_says_so_first(states: list[State], name: str) -> None:
    (one,) = (state for state in states if state.name == name)
    assert one.title.startswith("Error: ")
    assert one.focused == "problem"


def test_titles_tell_the_pages_of_a_form_apart(states: list[State]) -> None:
    own = {one.title.removeprefix("Error: ") for one in states}
    assert len({title for title in own if "of 6)" in title}) == 6, own
    assert {title.split(" (")[0] for title in own if "of 2)" in title} == {
        "Book a time to talk",
        "When shall we talk?",
        "Who shall we ask for?",
        "Book this time",
    }

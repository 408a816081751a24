"""Each rule of the text checker has a text that breaks it and a near miss that does not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from content.checking import texts as text_checks
from content.checking.data_files import entries_of
from content.checking.known_values import Known, load_known
from content.checking.readability import count_syllables, measure, sentences_of, words_of
from content.checking.repeats import Paragraph, find_repeats
from content.checking.text_blocks import parse_body
from content.checking.texts import Finding, check_file, check_text, main
from content.front_matter import parse_starter_file

TODAY = dt.date(2026, 11, 21)
KNOWN = Known(
    topics=frozenset({"starting", "paying"}),
    addresses=frozenset({"/", "/faq/", "/glossary/"}),
    sources=frozenset({"source-a"}),
    lines=frozenset({"988", "911"}),
    images=frozenset({"room"}),
)
SUMMARY = "A plain summary that says in one sentence what a reader will find on this page of ours."
FRONT: dict[str, Any] = {
    "topics": ["starting"],
    "author": "editorial-team",
    "published_on": dt.date(2026, 11, 1),
    "next_review_on": dt.date(2027, 5, 1),
    "related": ["/faq/", "/glossary/"],
}
# Counted by hand, by a person saying the word; the rules were fitted to these.
COUNTED = """
intensive=3 outpatient=3 program=2 programs=2 treatment=2 treatments=2 therapy=3 therapist=3
therapists=3 substance=2 alcohol=3 medication=4 medications=4 medicine=3 management=3 assessment=3
admission=3 admissions=3 insurance=3 coverage=3 deductible=4 copay=2 coinsurance=4 authorization=5
prior=2 approval=3 denial=3 appeal=2 withdrawal=3 benzodiazepines=6 sedative=3 opioid=3 naloxone=3
methadone=3 buprenorphine=4 overdose=3 anxiety=4 depression=3 depressed=2 trauma=2 traumatic=3
bipolar=3 psychosis=3 psychiatric=4 psychiatrist=4 psychologist=4 counselor=3 counseling=3
clinician=3 clinicians=3 clinical=3 nurse=1 nurses=2 doctor=2 hospital=3 hospitalization=6
residential=4 inpatient=3 partial=2 facility=4 facilities=4 evaluation=5 psychoeducation=6
nutrition=3 expressive=3 family=3 families=3 parent=2 parents=2 teenager=3 teenagers=3
adolescent=4 veterans=3 veteran=3 military=4 guardian=3 recovery=4 setback=2 relapse=2 sober=2
craving=2 cravings=2 triggers=2 coping=2 mindfulness=3 emotions=3 emotional=4 feelings=2 worried=2
frightened=2 ashamed=2 tired=1 quiet=2 quietly=3 being=2 doing=2 going=2 seeing=2 staying=2
trying=2 people=2 someone=2 everyone=3 anyone=3 nobody=3 something=2 sometimes=2 therefore=2
homework=2 caregiver=3 lifeline=2 private=2 privacy=3 confidential=4 consent=2 rights=1 federal=3
state=1 states=1 Massachusetts=4 MassHealth=2 Medicare=3 Medicaid=3 Resilience=3 behavioral=4
health=1 mental=2 physical=3 chronic=2 diagnosis=4 diagnoses=4 disorder=3 disorders=3 condition=3
conditions=3 co-occurring=4 dual=2 schedule=2 scheduled=2 morning=2 evening=2 evenings=2
afternoon=3 hour=1 hours=1 week=1 weekly=2 daily=2 minutes=2 transportation=4 employer=3
employment=3 school=1 college=2 student=2 university=5 group=1 groups=1 individual=5 peers=1
community=4 integration=4 coordinate=4 coordinated=5 coordinator=5 aftercare=3 safety=2 safely=2
emergency=4 crisis=2 suicide=3 suicidal=4 dangerous=3 ambulance=3 police=2 question=2 questions=2
answered=2 asked=1 called=1 needed=2 wanted=2 helped=1 changes=2 changed=1 choices=2 services=3
sources=2 pages=2 uses=2 used=1 useful=2 careful=2 hopeful=2 likely=2 entirely=3 immediately=5
usually=4 actually=4 gradual=3 area=3 areas=3 create=2 creative=3 idea=3 ideas=3 real=1 reality=4
realize=3 diet=2 dietitian=4 science=2 client=2 experience=4 patient=2 patients=2 table=2 little=2
simple=2 able=2 available=4 possible=3 eligible=4 flexible=3 responsible=4 vulnerable=4 handle=2
struggle=2 struggles=2 couldn't=2 doesn't=2 isn't=2 don't=1 won't=1 didn't=2 you're=1 they're=1
you'll=1 nurse's=2 program's=2 telehealth=3 video=3 internet=3 computer=3 telephone=3 voicemail=2
number=2 estimate=3 payment=2 payments=2 financial=3 billing=2 IOP=3 PHP=3 PTSD=4 SAMHSA=2 HIPAA=2
TRICARE=2 CBT=3 before=2 because=2 together=3 another=3 between=2 breathe=1 breathing=2 clothes=1
please=1 leave=1 leaves=1 house=1 houses=2 license=2 licensed=2 accreditation=5 organization=5
association=5 information=4 education=4 social=2 special=2 initial=3 agree=2 agreement=3 free=1
freely=2 guaranteed=3 employee=3 referral=3 refer=2 referred=2 plan=1 planned=1 started=2 ended=2
violence=3 period=3 serious=3 various=3 previous=3 curious=3 obvious=3 anxious=2 conscious=2
precious=2 nausea=3 museum=3 ritual=3 mutual=3 annual=3 manual=3 casual=3 rehearse=2 reaction=3
reach=1 reading=2 ready=2 reason=2 reassure=3 reapply=3 reopen=3 preexisting=4 react=2 realistic=4
theater=3 ideal=3 loyal=2 royal=2 trial=2 diary=3 dialectical=5 variety=4 society=4 anxieties=4
denied=2 applied=2 carried=2 studied=2 studies=2 cries=1 tries=1 replied=2 easier=3 earlier=3
happier=3 heavier=3 carrier=3 barrier=3 barriers=3 courier=3 soldier=2 friend=1 friends=1
experienced=4 ways=1 days=1 eyes=1 voice=1 voices=2 noticed=2 notice=2 practice=2 practices=3
exercise=3 exercises=4 judged=1 judge=1 language=2 languages=3 message=2 messages=3
psychotherapy=5 physiological=6 biological=5 neurological=5 deescalate=4 cooperation=5 coexist=3
poem=2 poetry=3 created=3 breaks=1 great=1 break=1 theory=3 ability=4 disability=5 accessibility=6
responsibility=6 continuity=5 opportunity=5 continuing=4 continue=3 continues=3 value=2 valued=2
rescue=2 argue=2 issue=2 issues=2 tissue=2 virtue=2 fuel=2 duel=2 cruel=2 fluent=2 influence=3
influenza=4 affluent=3 graduate=3 situation=4 evaluate=4 acupuncture=4 measure=2 measures=2
pressure=2 pressures=2 future=2 culture=2 procedure=3 care=1 cares=1 cared=1 share=1 shared=1
aware=2 welfare=2 prepare=2 prepared=2 require=2 required=2 entire=2 hire=1 fire=1 acre=2 center=2
rehearsal=3 rules=1 rule=1 whole=1 while=1 smile=1 smiles=1 file=1 files=1 mile=1 schedules=2
vocational=4 optional=3 national=3 nation=2 region=2 religion=3 religious=3 contagious=3
champion=3 million=2 opinion=3 union=2 companion=3 medial=3 material=4 editorial=5 memorial=4
bacteria=4 criteria=4 mania=3 insomnia=4 anorexia=5 bulimia=4 schizophrenia=5 paranoia=4
dementia=3
"""
# Counted by hand afterwards, taken at random from the rarer words of the texts; not fitted to.
HELD_OUT = """
activity=4 adjusted=3 advised=2 ages=2 alive=2 allergies=3 anybody=4 appear=2 approved=2
arranging=3 arrives=2 assessments=3 assignments=3 assistant=3 attention=3 automatic=4 barely=2
basement=2 believed=2 body's=2 briefly=2 budget=2 buses=2 buying=2 calendar=3 cardiac=3 caring=2
changing=2 clearance=2 columns=2 complaints=2 connection=3 controlling=3 custody=3 deadline=2
decline=2 degree=2 deserve=2 diem=2 director=3 earliest=3 eleven=3 employer's=3 enroll=2
exceptions=3 faster=2 flashes=2 forced=1 freely=2 freeze=1 fridge=1 gently=2 handout=2 harmed=1
heavier=3 immigration=4 interpreters=4 landlord's=2 lawyer=2 life-threatening=4 listened=2
looser=2 magazines=3 manages=3 mistakes=2 narrowed=2 neighbor's=2 offices=3 original=4 outing=2
paused=1 pharmacist=3 police=2 probably=3 puzzle=2 race=1 recording=3 refill=2 rejection=3
releases=3 replies=2 residence=3 responder=3 retired=2 roommate=2 rude=1 scissors=2
service-connected=5 shares=1 sideways=2 silence=2 steadies=2 stolen=2 supervisor=4 supplements=3
surgery=3 sweater=2 tables=2 theirs=1 threatening=3 tiredness=2 tiring=2 unclear=2 unevenly=4
unfairly=3 unhelpful=3 weigh-in=2
"""


def check(body: str, **more: Any) -> list[Finding]:
    values: dict[str, Any] = {"title": "A title", "summary": SUMMARY, "known": KNOWN}
    return check_text("text.md", body=body, **{**values, **more})


def rules_in(body: str, **more: Any) -> set[str]:
    return {found.rule for found in check(body, **more)}


def front(**changes: Any) -> list[Finding]:
    values = {"title": "A title", "summary": SUMMARY, **FRONT, **changes}
    return check_text(
        "a-text.md", title=str(values["title"]), summary=str(values["summary"]), body="Hello.",
        front_matter=values, known=KNOWN, today=TODAY,
    )  # fmt: skip


def table(counted: str) -> dict[str, int]:
    return {word: int(number) for word, number in (p.split("=") for p in counted.split())}


# -- syllables, sentences, grade


@pytest.mark.parametrize(("counted", "wrong_share"), [(COUNTED, 0.02), (HELD_OUT, 0.05)])
def test_syllable_count_is_close_to_a_count_by_hand(counted: str, wrong_share: float) -> None:
    words = table(counted)
    assert len(words) > 100
    total = sum(count_syllables(word) for word in words)
    assert total == pytest.approx(sum(words.values()), rel=0.02)
    wrong = [word for word, number in words.items() if count_syllables(word) != number]
    assert len(wrong) / len(words) <= wrong_share, wrong


@pytest.mark.parametrize(
    ("word", "number"), [("IOP", 3), ("SAMHSA", 2), ("988", 3), ("24-hour", 3), ("WIC", 5)]
)
def test_syllables_of_acronyms_and_numbers(word: str, number: int) -> None:
    assert count_syllables(word) == number


def test_grade_of_a_text_counted_by_hand() -> None:
    # 7 + 6 words of 11 + 11 syllables, counted by hand.
    text = "Your counselor will explain the treatment plan. You decide together with the counselor."
    assert [len(words_of(s)) for _, s in sentences_of(text)] == [7, 6]
    reading = measure([text])
    assert (reading.words, reading.sentences, reading.syllables) == (13, 2, 22)
    assert reading.grade == pytest.approx(0.39 * 13 / 2 + 11.8 * 22 / 13 - 15.59, abs=0.05)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Come at 9 a.m. and bring your card.", 1),
        ("Come at 9 a.m. The group starts then.", 2),
        ("Ask Dr. Who is on duty at night.", 1),
        ("Cost. Ask your plan what you will pay.", 1),
        ("You ask first. Your plan answers later.", 2),
        ('She said "not now." Then she left the room.', 2),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(sentences_of(text)) == count


def test_short_list_items_are_not_counted_as_sentences() -> None:
    assert measure(["Photo ID", "Bring your insurance card"]).sentences == 1


HARD = (
    "Comprehensive psychiatric evaluations necessitate multidisciplinary collaboration "
    "throughout the authorization determination."
)


def test_grade_rule_reads_prose_only() -> None:
    assert "grade" in rules_in(HARD)
    assert "grade" in rules_in(f"- {HARD}")
    easy = "You sit in a room. You talk with the group. You can say no."
    assert "grade" not in rules_in(easy)
    table_of_it = f"| A | B |\n|---|---|\n| {HARD} | b |\n"
    assert "grade" not in rules_in(f"## {HARD}\n\n{easy}\n\n{table_of_it}")


def test_grade_counts_what_a_placeholder_becomes() -> None:
    (block,) = parse_body("Our {{program}} is open. Call {{phone}}.").blocks
    assert block.prose == "Our intensive outpatient program is open. Call."


def test_a_foreign_list_item_is_not_graded_and_its_mark_is_no_placeholder() -> None:
    assert not rules_in(f"- {{lang=es}} {HARD}")
    assert rules_in(f"- {{nonsense}} {HARD}") == {"grade", "unknown-placeholder"}


def test_long_sentence() -> None:
    assert "long-sentence" in rules_in("You go " + "on " * 24 + "now.")
    assert "long-sentence" not in rules_in("You go " + "on " * 22 + "now.")


def test_long_sentence_names_the_line_where_it_starts() -> None:
    found = check("All is well here.\nYou go " + "on " * 24 + "now.", body_first_line=10)
    assert [(f.line, f.rule) for f in found] == [(11, "long-sentence")]


# -- words


@pytest.mark.parametrize(
    "text",
    [
        "He is an addict.", "An abuser of drugs.", "My father is an alcoholic.",
        "It treats substance abuse.", "It treats drug abuse.", "A drug habit is costly.",
        "He is a junkie.",
        "Count your clean time.", "He wants to get clean.", "She will stay clean.",
        "A dirty test came back.", "After a relapse, call.", "If you relapsed, call.",
        "He committed suicide. {{line:988}} {{line:911}}", "After a failed attempt, call.",
        "She suffers from depression.", "People suffering from anxiety.",
        "It is a replacement drug.", "This is a cure.", "We guarantee a bed.",
        "Results are guaranteed.", "The best care in the state.", "We are #1 here.",
        "A leading provider of care.", "A leading treatment center.", "World-class care.",
        "A state-of-the-art clinic.", "We give compassionate care.", "A holistic plan.",
        "A plan tailored to you.", "Your recovery journey.", "Unlock your strength.",
        "We empower you.", "Let us delve into it.", "A proven method.", "Our success rate is high.",
        "Whether you're a parent or a friend, call.", "It\u2019s important to note this.",
        "Then press 3 for more.", "Call 833-773-2445.", "Call (833) 773-2445.",
        "Text HOME to 741741.", "Call 800-327-5050.", "Call 800.972.0590.",
        "Call 1-888-401-1179.", "Please call 988 now.", "See content/starter for this.",
        "TODO: ask.", "Well done \U0001f600",
    ],
)  # fmt: skip
def test_banned_words(text: str) -> None:
    assert "banned-word" in rules_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Alcoholics Anonymous is a group.", "Addiction is a health problem.",
        "The Substance Abuse and\nMental Health Services Administration says so.",
        "The National Institute on Drug Abuse says so.", "Child abuse must be reported.",
        "Healthy habits help.", "The room is clean.", "Clean up after lunch.",
        "It is a return to use.", "There is no cure for this.", "There is no guarantee.",
        "This is not a guarantee of payment.", "We cannot guarantee a bed.",
        "Results are never guaranteed.", "Walk away from anyone who guarantees results.",
        "Tell us the best way to reach you.", "Ask what works best for you.", "Do your best.",
        "What is the best time to call?", "It can lead to stress.", "A leading cause of death.",
        "The unit is unlocked.", "The doors are unlocked.", "It has not been proven.",
        "We publish no success rate.", "They quote a success rate without saying who was studied.",
        "Ask whether you are covered.", "Then press 1 for more.", "Call {{line:988}} now.",
        "The 988 Lifeline is free.", "Call {{phone}}.", "The tailor is kind.", "This is secure.",
        "You can leave your abuser.",
        "She has had a test at school.", "People at work/school know.",
    ],
)  # fmt: skip
def test_near_misses_of_banned_words(text: str) -> None:
    assert "banned-word" not in rules_in(text)


def test_banned_words_are_found_in_titles_summaries_and_leads_but_not_in_keys() -> None:
    assert "banned-word" in {f.rule for f in front(title="The best care")}
    assert "banned-word" in {f.rule for f in front(lede="Our holistic care")}
    sources = Known(sources=frozenset({"relapse-2008"}))
    assert "banned-word" not in rules_in("Some return.[^relapse-2008]", known=sources)


def test_a_banned_word_is_reported_at_its_own_line() -> None:
    found = check("All is well\nand the journey\nends.", body_first_line=5)
    assert [(f.line, f.rule) for f in found] == [(6, "banned-word")]


# -- figures and sources


@pytest.mark.parametrize(
    "text",
    [
        "About 40 percent return.", "Some 12% do.", "It costs $350.", "You come 9 hours a week.",
        "It lasts 12 weeks.", "A 12-week stay.", "Records are kept for seven to ten years.",
        "It takes thirty days.", "There were 12 studies.", "Three studies found this.",
        "Two million people.", "It has nine to nineteen hours.", "One in five adults has it.",
        "Half of adults do.", "Two-thirds of people do.", "The rule changed in 2024.",
        "You come 4 times.", "A stay is 8 to 12 weeks.", "They saw 1,200 people.",
        "A session lasts 3 to 4 hours.", "9 or more hours.", "Plans cover the first 14 days.",
    ],
)  # fmt: skip
def test_figure_without_source(text: str) -> None:
    assert "figure-without-source" in rules_in(text)
    assert "figure-without-source" not in rules_in(f"{text}[^source-a]")


@pytest.mark.parametrize(
    "text",
    [
        "It is often 8 to 12 weeks, and your plan sets the length.", "It is about 3 to 4 hours.",
        "You come 3 to 5 days a week.", "It is for ages 12 to 17.", "If you are under 18, ask.",
        "At age 18 this changes.", "People 18 and older.", "A 16-year-old can ask.",
        "It starts at 9 a.m. and ends at 12.", "The first 24 hours are hard.",
        "It is 24-hour care.",
        "Open 24 hours a day, 7 days a week.", "Walk for 20 minutes.", "In the first week, rest.",
        "Wait two or three days.", "Ask these 12 questions.", "The first ninety days are new.",
        "Read 42 CFR Part 2.", "Level 2.1 programs are IOPs.", "People 18 years and older.",
        "A person 12 to 17 years old.", "Open 365 days a year.", "Half of the group laughed.",
        "This notice is effective November 21, 2026.",
        "It is kept for 90 days. That is our own rule.",
    ],
)  # fmt: skip
def test_figures_that_need_no_source(text: str) -> None:
    assert "figure-without-source" not in rules_in(text)


def test_a_citation_serves_its_own_item_and_its_own_table_only() -> None:
    assert "figure-without-source" in rules_in("- It lasts 12 weeks.\n- It helps.[^source-a]")
    assert "figure-without-source" not in rules_in("- It lasts 12 weeks.\n\n  Yes.[^source-a]")
    cells = "| A | B |\n|---|---|\n| a | 12 weeks |\n"
    assert "figure-without-source" in rules_in(cells)
    assert "figure-without-source" not in rules_in(cells + "| b | c[^source-a] |\n")
    assert "figure-without-source" not in rules_in(cells + "\nFrom one guide.[^source-a]")
    assert "figure-without-source" in rules_in(cells + "\nA line.\n\nFrom one.[^source-a]")


def test_a_figure_in_a_table_is_reported_at_its_row() -> None:
    found = check("| A | B |\n|---|---|\n| a | b |\n| c | 12 weeks |\n", body_first_line=10)
    assert [(f.line, f.rule) for f in found] == [(13, "figure-without-source")]


def test_sources() -> None:
    assert rules_in("It is so.[^source-b]") == {"unknown-source"}
    assert rules_in("It is so.[^source-a]") == set()
    assert "own-source-definition" in rules_in("It is so.\n\n[^source-a]: A guide, 2024")
    assert "own-source-definition" not in rules_in("It is so[^source-a]: you ask.")


# -- placeholders, links, Markdown


@pytest.mark.parametrize("text", ["{{telephone}}", "{{line:989}}", "{line:988}", "{{  phone  }}"])
def test_unknown_placeholder(text: str) -> None:
    assert rules_in(f"Please call {text} now.") == {"unknown-placeholder"}


@pytest.mark.parametrize("text", ["{{phone}}", "{{ phone }}", "{{line:988}}", "{{program_short}}"])
def test_known_placeholder(text: str) -> None:
    assert rules_in(f"Please call {text} now.") == set()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("See [this](/nowhere/).", "internal-link"),
        ("See [this](/faq).", "internal-link"),
        ("See [this](faq/).", "internal-link"),
        ("See [this](https://example.org/).", "external-link"),
        ("See https://example.org/ for this.", "external-link"),
        ("See [this](tel:5551234).", "external-link"),
        ("See <b>this</b>.", "raw-html"),
        ("<div>\nSee this.\n</div>", "raw-html"),
        ("![A room](/faq/)", "image"),
        ("![A room](https://example.org/room.png)", "image"),
        ("![](image:attic)", "unknown-image"),
        ("See ![](image:room) here.", "image"),
        ("- ![](image:room)", "image"),
        ("## ![](image:room)", "image"),
        ("[![](image:room)](/faq/)", "image"),
        ("# A title", "heading"),
        ("## A part\n\n#### A detail", "heading"),
        ("### A part", "heading"),
    ],
)
def test_markup_that_is_refused(body: str, rule: str) -> None:
    assert rules_in(body) == {rule}


@pytest.mark.parametrize(
    "body",
    [
        "See [this](/faq/).", "See [this](/glossary/#iop).", "See [this](#below).",
        "![](image:room)", "![A bright room](image:room)\n![](image:room)",
        "> ![](image:room)", "- So it is.\n\n  ![](image:room)",
        "If 3 < 4, then yes.", "## A part\n\n### A detail\n\n## Next part",
    ],
)  # fmt: skip
def test_markup_that_is_fine(body: str) -> None:
    assert rules_in(body) == set()


# -- safety wording


def test_suicide_needs_both_lines() -> None:
    text = "If you think about suicide, call"
    assert "crisis" in rules_in(f"{text} {{{{line:988}}}}.")
    assert "crisis" in rules_in(f"{text} {{{{line:911}}}}.")
    assert "crisis" not in rules_in(f"{text} {{{{line:988}}}} or {{{{line:911}}}}.")
    assert "crisis" not in rules_in("If you feel sad, call a friend.")


def test_withdrawal_needs_medical_help_first() -> None:
    text = "Withdrawal from alcohol can be dangerous."
    assert "crisis" in rules_in(text)
    assert "crisis" not in rules_in(f"{text} Get help before you stop.")
    assert "crisis" not in rules_in(f"{text} Get medical help.")
    assert "crisis" not in rules_in("Withdrawal of consent is easy.")


# -- front matter


def test_front_matter_that_is_complete_has_no_findings() -> None:
    assert front() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""}, {"title": "x" * 71}, {"summary": "Too short."}, {"summary": "x" * 191},
        {"topics": []}, {"topics": ["starting", "starting"]}, {"topics": ["unheard-of"]},
        {"topics": "starting"}, {"author": "someone"}, {"reviewer": "someone"},
        {"published_on": "2026-11-01"}, {"next_review_on": None}, {"related": ["/faq/"]},
        {"related": ["/faq/", "/nowhere/"]}, {"slug": "another"},
    ],
)  # fmt: skip
def test_front_matter_that_is_wrong(changes: dict[str, Any]) -> None:
    assert {f.rule for f in front(**changes)} == {"front-matter"}


@pytest.mark.parametrize(
    "changes",
    [{"title": "x" * 70}, {"summary": "x" * 80}, {"summary": "x" * 190}, {"slug": "a-text"}],
)
def test_front_matter_at_its_limits(changes: dict[str, Any]) -> None:
    assert front(**changes) == []


def test_review_due() -> None:
    assert {f.rule for f in front(next_review_on=TODAY - dt.timedelta(1))} == {"review-due"}
    assert front(next_review_on=TODAY) == []
    assert {f.rule for f in front(published_on=dt.date(2027, 6, 1))} == {"review-due"}


def test_article_length() -> None:
    def article(words: int) -> set[str]:
        return rules_in("You go home. " * (words // 3), article=True)

    assert "length" in article(597)
    assert "length" not in article(600)
    assert "length" not in article(1398)
    assert "length" in article(1401)
    assert "length" not in rules_in("You go home.")


# -- repetition


def test_repeats() -> None:
    text = "You sit in a circle with eight people and say what brought you here today."
    near = text.replace("today", "this week")
    other = "You sit in a room with one person and write down what you want to change first."

    def pairs(*texts: str) -> list[tuple[int, int]]:
        found = find_repeats(Paragraph("a.md", n, text) for n, text in enumerate(texts))
        return sorted((here.line, there.line) for here, there in found)

    assert pairs(text, other, text) == [(0, 2), (2, 0)]
    assert pairs(text, near) == [(0, 1), (1, 0)]
    assert pairs(text, other) == []
    assert pairs("You can say no.", "You can say no.") == []


# -- files and the command


def write(path: Path, body: str, head: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"+++\n{head}+++\n{body}", encoding="utf-8")
    return path


HEAD = (
    f'title = "A title"\nsummary = "{SUMMARY}"\ntopics = ["starting"]\n'
    'author = "editorial-team"\npublished_on = 2026-11-01\nnext_review_on = 2027-05-01\n'
    'related = ["/faq/", "/glossary/"]\n'
)


def test_parse_starter_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", "One.\n\nTwo.\n", 'title = "A"\nday = 2026-11-21\n')
    values, body, first = parse_starter_file(path)
    assert values == {"title": "A", "day": dt.date(2026, 11, 21)}
    assert path.read_text().splitlines()[first - 1] == body.splitlines()[0] == "One."


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"title = 1\n", 1),
        (b"+++\ntitle = 1\nHello.\n", 3),
        (b"+++\ntitle = 1\nsummary = oops\n+++\n", 3),
        (b"+++\ntitle = 'a\n+++\n", 3),
        (b"+++\n\xff\n+++\n", 1),
        (b"", 1),
    ],
)
def test_broken_files_name_path_and_line(tmp_path: Path, content: bytes, line: int) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"a.md:{line}: "):
        parse_starter_file(path)
    (found,) = check_file(path, KNOWN, TODAY)
    assert (found.line, found.rule) == (line, "broken-file")


def test_file_lines_point_into_the_file(tmp_path: Path) -> None:
    head = HEAD.replace("A title", "The best title")
    path = write(tmp_path / "a-text.md", "Hello there.\n\nA holistic plan.\n", head)
    lines = path.read_text().splitlines()
    found = check_file(path, KNOWN, TODAY)
    assert [lines[f.line - 1].split(" = ")[0] for f in found] == ["title", "A holistic plan."]


def test_articles_are_measured_by_their_folder(tmp_path: Path) -> None:
    article = write(tmp_path / "articles" / "a.md", "Hello there.", HEAD)
    page = write(tmp_path / "pages" / "a.md", "Hello there.", HEAD)
    assert {f.rule for f in check_file(article, KNOWN, TODAY)} == {"length"}
    assert check_file(page, KNOWN, TODAY) == []


FAQ = """[[faq]]
slug = "one"
question = "Can I ask?"
answer = \"\"\"
Yes, you can ask.

It takes a holistic view.
\"\"\"
topic = "starting"

[[faq]]
slug = "two"
question = "Is it the best?"
answer = "It lasts 12 weeks. See [this](/nowhere/) or {{nothing}}."
topic = "unheard-of"

[[faq]]
slug = "three"
question = "How long is it?"
answer = "It lasts 12 weeks."
topic = "paying"
sources = ["source-a"]

[[faq]]
slug = "four"
question = "How much is it?"
answer = "It depends on you."
topic = "paying"
sources = ["source-b"]
"""


def test_data_files(tmp_path: Path) -> None:
    path = tmp_path / "faq.toml"
    path.write_text(FAQ, encoding="utf-8")
    assert [(f.line, f.rule) for f in check_file(path, KNOWN, TODAY)] == [
        (7, "banned-word"),
        (13, "banned-word"),
        (13, "front-matter"),
        (14, "figure-without-source"),
        (14, "internal-link"),
        (14, "unknown-placeholder"),
        (26, "unknown-source"),
    ]


def test_data_files_are_graded_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "glossary.toml"
    entry = '[[term]]\nslug = "a"\ndefinition = "{}"\n'
    path.write_text(entry.format(HARD), encoding="utf-8")
    assert [f.rule for f in check_file(path, KNOWN, TODAY)] == ["grade"]
    easy = entry.format("You sit in a room. You talk with them. You can say no. " * 5)
    path.write_text(entry.format(HARD) + easy, encoding="utf-8")
    assert check_file(path, KNOWN, TODAY) == []


def test_data_that_is_not_prose_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text('[[source]]\ntitle = "Relapse and drug abuse"\n', encoding="utf-8")
    assert entries_of(path) == []
    path.rename(tmp_path / "other.toml")
    assert len(entries_of(tmp_path / "other.toml")) == 1
    (tmp_path / "bad.toml").write_text("a = 1\nb = oops\n", encoding="utf-8")
    (found,) = check_file(tmp_path / "bad.toml", KNOWN, TODAY)
    assert (found.line, found.rule) == (2, "broken-file")


def test_known_values_come_from_the_starter_files(tmp_path: Path) -> None:
    write(tmp_path / "tracks" / "night.md", "")
    write(tmp_path / "pages" / "levels-of-care.md", "")
    (tmp_path / "sources.toml").write_text('[[source]]\nkey = "new-2026"\n', encoding="utf-8")
    known = load_known(tmp_path)
    assert "/programs/tracks/night/" in known.addresses
    assert "/levels-of-care/" not in known.addresses
    assert known.sources == {"new-2026"}
    assert "starting" in known.topics  # no topics.toml here, so the fixed list stands in


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(text_checks, "STARTER", tmp_path)
    monkeypatch.setattr(text_checks, "load_known", lambda: KNOWN)
    monkeypatch.chdir(tmp_path)
    # The dates in HEAD lie in the future of the day these tests were written; keep it so.
    head = HEAD.replace("2027-05-01", "2999-05-01")
    shared = "You sit in a circle with eight people and say what brought you here today."
    callout = "> **If you are in danger now:** call {{line:911}} and stay on the line with them.\n"
    for name in ("one", "two"):
        write(tmp_path / "pages" / f"{name}.md", f"{callout}\n{shared}\n", head)
    write(tmp_path / "pages" / "three.md", "You can say no.\n", head)
    return tmp_path


def test_main_prints_findings_and_fails(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "pages/one.md:12: repeated-paragraph: also at pages/two.md:12"
    assert out[-1].startswith("2 findings in 3 texts")


def test_main_compares_a_file_with_all_others(
    starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pages/one.md"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 findings in 1 texts")


def test_main_passes_a_clean_file(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pages/three.md"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 findings in 1 texts"


def test_main_names_a_missing_file(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pages/none.md"]) == 1
    assert "pages/none.md:1: broken-file" in capsys.readouterr().out


@pytest.mark.parametrize("summary", [None, 7])
def test_a_summary_that_is_none_is_missing(summary: Any) -> None:
    (found,) = check_text(
        "a-text.md", title="A title", summary="", body="Hello.",
        front_matter={"title": "A title", **FRONT, "summary": summary}, known=KNOWN, today=TODAY,
    )  # fmt: skip
    assert found.rule == "front-matter"
    assert "summary" in found.message
    assert "is missing" in found.message


def test_a_file_name_that_is_no_address_is_told() -> None:
    found = check_text(
        "A Text.md", title="A title", summary=SUMMARY, body="Hello.",
        front_matter={"title": "A title", "summary": SUMMARY, **FRONT}, known=KNOWN, today=TODAY,
    )  # fmt: skip
    assert ["is not a slug" in str(one) for one in found] == [True]


def test_a_placeholder_is_no_address() -> None:
    assert rules_in("Call [us]({{phone}}).") == {"unknown-placeholder"}


def test_names_are_those_of_the_site_where_a_file_is_broken(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("[[source]\n")
    assert load_known(tmp_path).sources == load_known().sources != frozenset()


def test_a_text_that_stands_in_no_line_of_its_own_is_told_at_the_first(tmp_path: Path) -> None:
    path = tmp_path / "faq.toml"
    path.write_text('faq = [{question = "Is it the best?", answer = "A holistic view."}]\n')
    assert {found.line for found in check_file(path, KNOWN, TODAY)} == {1}


def test_a_broken_file_is_told_and_the_others_are_still_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.md"
    broken.write_bytes(b"+++\ntitle = 'a\n+++\n")
    whole = write(tmp_path / "pages" / "a.md", "Hello there.", HEAD)
    assert main([str(broken), str(whole)]) == 1
    assert "broken-file" in capsys.readouterr().out

"""References: read out on the phone, never counted up."""

from admissions.references import ALPHABET, LENGTH, new_reference


def test_reference_has_eight_characters_of_the_alphabet() -> None:
    for _ in range(200):
        reference = new_reference()
        assert len(reference) == LENGTH == 8
        assert set(reference) <= set(ALPHABET)


def test_alphabet_leaves_out_what_is_misread() -> None:
    assert not set("0O1IL") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert ALPHABET.upper() == ALPHABET


def test_references_are_drawn_at_random() -> None:
    drawn = [new_reference() for _ in range(3000)]
    assert len(set(drawn)) == 3000
    for place in range(LENGTH):  # every place takes every character, so none counts up
        assert {reference[place] for reference in drawn} == set(ALPHABET)

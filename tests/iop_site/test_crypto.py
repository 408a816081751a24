"""A sealed value opens only with its key, in its place, unaltered; an index tells nothing."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st
from pytest_django import Settings

from iop_site import crypto
from iop_site.crypto import DecryptionError, parse_keys
from iop_site.env import ConfigurationError

PLACE = "admissions.Lead.phone"
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
OLD = ("k1", b"1" * 32)
NEW = ("k2", b"2" * 32)


def encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


# -- encryption


@given(ANY_TEXT)
@run(max_examples=100, deadline=None)
def test_decrypt_returns_what_was_encrypted(plaintext: str) -> None:
    assert crypto.decrypt(crypto.encrypt(plaintext, place=PLACE), place=PLACE) == plaintext


def test_encrypt_makes_a_new_token_each_time_that_does_not_show_the_text() -> None:
    tokens = {crypto.encrypt("617-555-0101", place=PLACE) for _ in range(50)}
    assert len(tokens) == 50
    for token in tokens:
        raw = base64.urlsafe_b64decode(token.split(".")[2])
        assert b"617-555" not in raw
        assert "617-555" not in token


@pytest.mark.shows("ASVS 11.3.2", "ASVS 11.2.2")
def test_encrypt_names_version_and_first_key(settings: Settings) -> None:
    settings.FIELD_KEYS = (NEW, OLD)
    assert crypto.encrypt("x", place=PLACE).startswith("v1.k2.")


@pytest.mark.shows("ASVS 11.2.2")
def test_decrypt_reads_what_an_older_key_sealed(settings: Settings) -> None:
    settings.FIELD_KEYS = (OLD,)
    token = crypto.encrypt("Avery", place=PLACE)
    settings.FIELD_KEYS = (NEW, OLD)
    assert crypto.decrypt(token, place=PLACE) == "Avery"


def test_decrypt_refuses_a_token_whose_key_is_gone(settings: Settings) -> None:
    settings.FIELD_KEYS = (OLD,)
    token = crypto.encrypt("Avery", place=PLACE)
    settings.FIELD_KEYS = (NEW,)
    with pytest.raises(DecryptionError, match="no key 'k1'"):
        crypto.decrypt(token, place=PLACE)


def test_decrypt_refuses_another_key_under_the_same_id(settings: Settings) -> None:
    settings.FIELD_KEYS = (OLD,)
    token = crypto.encrypt("Avery", place=PLACE)
    settings.FIELD_KEYS = (("k1", b"9" * 32),)
    with pytest.raises(DecryptionError):
        crypto.decrypt(token, place=PLACE)


@pytest.mark.shows("45 CFR 164.312(c)(2)", "ASVS 11.3.3")
def test_decrypt_refuses_a_value_copied_from_another_column() -> None:
    token = crypto.encrypt("Avery", place="admissions.Lead.first_name")
    with pytest.raises(DecryptionError):
        crypto.decrypt(token, place="admissions.Lead.last_name")


@pytest.mark.shows("45 CFR 164.312(c)(2)", "ASVS 11.3.3")
@given(data=st.data())
@run(max_examples=100, deadline=None)
def test_decrypt_refuses_every_changed_byte(data: st.DataObject) -> None:
    version, key_id, sealed = crypto.encrypt("617-555-0101", place=PLACE).split(".")
    raw = bytearray(base64.urlsafe_b64decode(sealed))
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    changed = f"{version}.{key_id}.{base64.urlsafe_b64encode(bytes(raw)).decode()}"
    with pytest.raises(DecryptionError):
        crypto.decrypt(changed, place=PLACE)


@given(ANY_TEXT)
@run(max_examples=100, deadline=None)
def test_decrypt_refuses_anything_that_is_not_a_token(rubbish: str) -> None:
    with pytest.raises(DecryptionError):
        crypto.decrypt(rubbish, place=PLACE)


@pytest.mark.parametrize("token", ["v1.k1.", "v1.k1.AAAA", "v2.k1.AAAA", "v1.k1.%%%", "v1.k1"])
def test_decrypt_refuses_a_broken_token(token: str) -> None:
    with pytest.raises(DecryptionError):
        crypto.decrypt(token, place=PLACE)


@pytest.mark.parametrize("foreign", ["!", " ", "\n", "%", "."])
def test_decrypt_refuses_a_token_with_a_foreign_character_in_it(foreign: str) -> None:
    token = crypto.encrypt("617-555-0101", place=PLACE)
    for position in (len("v1.k1."), 20, len(token)):
        with pytest.raises(DecryptionError):
            crypto.decrypt(token[:position] + foreign + token[position:], place=PLACE)


def test_the_first_key_is_named(settings: Settings) -> None:
    settings.FIELD_KEYS, settings.INDEX_KEYS = (NEW, OLD), (OLD, NEW)
    assert crypto.first_key_id(crypto.FIELD) == "k2"
    assert crypto.first_key_id(crypto.INDEX) == "k1"


def test_decryption_error_does_not_quote_the_value() -> None:
    with pytest.raises(DecryptionError) as caught:
        crypto.decrypt("617-555-0101 plain by mistake", place=PLACE)
    assert "617-555" not in str(caught.value)
    assert PLACE in str(caught.value)


# -- encryption of bytes


@given(st.binary(max_size=300))
@run(max_examples=100, deadline=None)
def test_decrypt_bytes_returns_what_was_encrypted(plaintext: bytes) -> None:
    token = crypto.encrypt_bytes(plaintext, place=PLACE)
    assert token.startswith(b"v1.k1.")
    assert crypto.decrypt_bytes(token, place=PLACE) == plaintext


def test_encrypt_bytes_makes_a_new_token_each_time_that_does_not_show_them() -> None:
    tokens = {crypto.encrypt_bytes(b"617-555-0101", place=PLACE) for _ in range(50)}
    assert len(tokens) == 50
    assert not any(b"617-555" in token for token in tokens)


def test_decrypt_bytes_takes_what_a_database_gives() -> None:
    token = crypto.encrypt_bytes(b"x", place=PLACE)
    assert crypto.decrypt_bytes(memoryview(token), place=PLACE) == b"x"


def test_decrypt_bytes_reads_what_an_older_key_sealed_and_nothing_without_it(
    settings: Settings,
) -> None:
    settings.FIELD_KEYS = (OLD,)
    token = crypto.encrypt_bytes(b"a picture", place=PLACE)
    settings.FIELD_KEYS = (NEW, OLD)
    assert crypto.decrypt_bytes(token, place=PLACE) == b"a picture"
    assert crypto.encrypt_bytes(b"x", place=PLACE).startswith(b"v1.k2.")
    settings.FIELD_KEYS = (NEW,)
    with pytest.raises(DecryptionError, match="no key 'k1'"):
        crypto.decrypt_bytes(token, place=PLACE)


def test_decrypt_bytes_refuses_what_belongs_elsewhere() -> None:
    token = crypto.encrypt_bytes(b"a picture", place=PLACE)
    with pytest.raises(DecryptionError) as caught:
        crypto.decrypt_bytes(token, place="admissions.Lead.email")
    assert "picture" not in str(caught.value)


@given(data=st.data())
@run(max_examples=100, deadline=None)
def test_decrypt_bytes_refuses_every_changed_byte(data: st.DataObject) -> None:
    token = bytearray(crypto.encrypt_bytes(b"a picture", place=PLACE))
    position = data.draw(st.integers(0, len(token) - 1))
    token[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DecryptionError):
        crypto.decrypt_bytes(bytes(token), place=PLACE)


@given(st.binary(max_size=60) | st.sampled_from([b"v1.k1.", b"v1.k1", b"v1..", b"v1.\xff.short"]))
@run(max_examples=100, deadline=None)
def test_decrypt_bytes_refuses_anything_that_is_not_a_token(rubbish: bytes) -> None:
    with pytest.raises(DecryptionError):
        crypto.decrypt_bytes(rubbish, place=PLACE)


# -- blind index


def test_blind_index_is_the_same_for_the_same_value_and_purpose() -> None:
    assert crypto.blind_index("+16175550101", purpose="phone") == crypto.blind_index(
        "+16175550101", purpose="phone"
    )


def test_blind_index_differs_by_value_and_by_purpose() -> None:
    digests = {
        crypto.blind_index("+16175550101", purpose="phone"),
        crypto.blind_index("+16175550102", purpose="phone"),
        crypto.blind_index("+16175550101", purpose="email"),
    }
    assert len(digests) == 3


def test_blind_index_has_a_fixed_shape_whatever_the_value() -> None:
    for value in ("", "a", "x" * 10_000, "Zoë 李"):
        key_id, digest = crypto.blind_index(value, purpose="name").split(".")
        assert key_id == "k1"
        assert len(digest) == 22


def test_blind_candidates_hold_one_digest_for_each_key(settings: Settings) -> None:
    settings.INDEX_KEYS = (OLD,)
    stored_before = crypto.blind_index("avery", purpose="name")
    settings.INDEX_KEYS = (NEW, OLD)
    candidates = crypto.blind_candidates("avery", purpose="name")
    assert candidates == [crypto.blind_index("avery", purpose="name"), stored_before]
    assert [one.split(".")[0] for one in candidates] == ["k2", "k1"]


# -- seal


@pytest.mark.shows("45 CFR 164.312(c)(2)", "ASVS 11.4.3")
def test_seal_proves_a_message_unaltered() -> None:
    key_id, digest = crypto.seal("event 1", purpose="audit")
    assert len(digest) == 64
    assert crypto.seal("event 1", purpose="audit", key_id=key_id) == (key_id, digest)
    assert crypto.seal("event 2", purpose="audit")[1] != digest
    assert crypto.seal("event 1", purpose="other")[1] != digest


def test_seal_can_be_checked_with_an_older_key(settings: Settings) -> None:
    settings.INDEX_KEYS = (OLD,)
    sealed = crypto.seal("event 1", purpose="audit")
    settings.INDEX_KEYS = (NEW, OLD)
    assert crypto.seal("event 1", purpose="audit", key_id="k1") == sealed
    assert crypto.seal("event 1", purpose="audit")[0] == "k2"


def test_seal_refuses_a_key_it_does_not_have() -> None:
    with pytest.raises(DecryptionError, match="k9"):
        crypto.seal("event 1", purpose="audit", key_id="k9")


# -- keys from the environment


def test_parse_keys_keeps_the_order_in_which_they_are_written() -> None:
    keys = parse_keys("FIELD_KEYS", [f"k2:{encoded(NEW[1])}", f"k1:{encoded(OLD[1])}"])
    assert keys == (NEW, OLD)


@given(st.binary(min_size=32, max_size=32))
@run(max_examples=50, deadline=None)
def test_parse_keys_reads_what_token_urlsafe_makes(key: bytes) -> None:
    assert parse_keys("FIELD_KEYS", [f"k1:{encoded(key)}"]) == (("k1", key),)


@pytest.mark.shows("ASVS 11.2.3")
@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], "holds no key"),
        ([secrets.token_urlsafe(32)], "id:key"),
        (["K1:" + "A" * 43], "id:key"),
        (["toolongid:" + "A" * 43], "id:key"),
        (["k1:"], "not 32 bytes"),
        (["k1:" + "A" * 22], "not 32 bytes"),
        (["k1:" + "A" * 64], "not 32 bytes"),
        (["k1:" + "%" * 43], "not 32 bytes"),
        (["k1:" + "A" * 43 + "!!!!"], "not 32 bytes"),
        (["k1:" + "A" * 43, "k1:" + "B" * 42 + "A"], "twice"),
    ],
)
def test_parse_keys_names_the_setting_and_never_the_key(entries: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_keys("FIELD_KEYS", entries)
    message = str(caught.value)
    assert message.startswith("FIELD_KEYS")
    assert said in message
    for entry in entries:
        key = entry.partition(":")[2] or entry
        assert not key or key not in message

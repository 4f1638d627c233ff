"""The keys of personal data: what they open, and which files are refused (C9)."""

import json
from pathlib import Path

import pytest

from servicekit.personal.keyring import Unreadable, load_keyring
from tests.privacy.keyrings import keyring, ring

KEY = "A" * 43 + "="


def test_what_is_sealed_is_opened_as_what_it_belongs_to(tmp_path: Path) -> None:
    keys = load_keyring(keyring(tmp_path), "production")
    sealed = keys.seal(keys.data, "王伟".encode(), "customers/c1")
    assert sealed.startswith("hl1.d1.")
    assert keys.open(keys.data, sealed, "customers/c1") == "王伟".encode()


def test_the_same_value_is_never_sealed_twice_alike(tmp_path: Path) -> None:
    keys = load_keyring(keyring(tmp_path), "production")
    assert keys.seal(keys.data, b"x", "a") != keys.seal(keys.data, b"x", "a")


def test_a_value_that_was_moved_cannot_be_read(tmp_path: Path) -> None:
    keys = load_keyring(keyring(tmp_path), "production")
    sealed = keys.seal(keys.data, b"x", "customers/c1")
    with pytest.raises(Unreadable, match="belongs elsewhere"):
        keys.open(keys.data, sealed, "customers/c2")


def test_a_value_that_was_changed_cannot_be_read(tmp_path: Path) -> None:
    keys = load_keyring(keyring(tmp_path), "production")
    sealed = bytearray(keys.seal_bytes(keys.data, b"x", "a"))
    sealed[-1] ^= 1
    with pytest.raises(Unreadable):
        keys.open_bytes(keys.data, bytes(sealed), "a")


def test_an_older_key_opens_what_it_sealed_and_the_current_one_seals(tmp_path: Path) -> None:
    before = load_keyring(keyring(tmp_path, data=("d1",)), "production")
    after = load_keyring(keyring(tmp_path, data=("d2", "d1")), "production")
    assert after.open(after.data, before.seal(before.data, b"x", "a"), "a") == b"x"
    assert after.seal(after.data, b"x", "a").startswith("hl1.d2.")


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    before = load_keyring(keyring(tmp_path, data=("d1",)), "production")
    after = load_keyring(keyring(tmp_path, data=("d2",)), "production")
    with pytest.raises(Unreadable, match="no key d1"):
        after.open(after.data, before.seal(before.data, b"x", "a"), "a")


def test_what_was_never_sealed_is_told_apart(tmp_path: Path) -> None:
    keys = load_keyring(keyring(tmp_path), "production")
    assert keys.open(keys.data, "hl1. is how sealed texts begin", "a") is None
    assert keys.open_bytes(keys.data, b"hl1.", "a") is None


def test_a_mark_finds_one_text_in_one_column(tmp_path: Path) -> None:
    keys = load_keyring(keyring(tmp_path), "production")
    assert keys.mark("+8613800138000", "customers/contact_marks") == keys.mark(
        "+8613800138000", "customers/contact_marks"
    )
    marks = {keys.mark(text, place) for text in ("a", "b") for place in ("x", "y")}
    assert len(marks) == 4


def test_production_does_not_start_without_keys() -> None:
    with pytest.raises(ValueError, match="HEARTHLINE_KEYRING"):
        load_keyring(None, "production")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "Invalid JSON"),
        (json.dumps({"data": ring("d1"), "index": ring("i1")}), "events: Field required"),
        (json.dumps({p: {"current": "k", "keys": {"k": "c2hvcnQ="}} for p in ("data", "index", "events")}), "32 bytes"),
        (json.dumps({p: {"current": "j", "keys": {"k": KEY}} for p in ("data", "index", "events")}), "not among"),
        (json.dumps({p: {"current": "k.k", "keys": {"k.k": KEY}} for p in ("data", "index", "events")}), "pattern"),
    ],
)
def test_a_wrong_file_is_refused_without_telling_its_keys(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "keyring.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=said) as refused:
        load_keyring(path, "production")
    assert "c2hvcnQ" not in str(refused.value)
    assert KEY not in str(refused.value)


def test_keys_are_not_shown(tmp_path: Path) -> None:
    keys = load_keyring(keyring(tmp_path), "production")
    assert "keys=" not in repr(keys)

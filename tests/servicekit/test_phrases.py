"""What people mean who say a phrase: labelled sentences, none of them from where the fault was found (V5)."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.phrases import Stance, asks_for, readings

PHRASES = ("投诉", "complain", "complaint")
LABELLED = [
    line.split("\t")
    for line in Path(__file__).with_name("complaints.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("label", "sentence"), LABELLED, ids=[sentence for _, sentence in LABELLED])
def test_a_sentence_is_read_as_people_mean_it(label: str, sentence: str) -> None:
    wants, _, stance = label.partition(" ")
    found = readings(sentence, PHRASES)
    assert (asks_for(sentence, PHRASES) is not None) is (wants == "+"), found
    assert stance in {"*", *(each.stance for each in found)}


def test_every_stance_has_its_sentences() -> None:
    counted = Counter(label.partition(" ")[2] for label, _ in LABELLED)
    assert set(counted) - {"*"} == set(Stance)
    assert len(LABELLED) >= 100


def test_a_reading_says_which_words_decided() -> None:
    because = {sentence: readings(sentence, PHRASES)[0].because for _, sentence in LABELLED}
    assert because["没必要投诉"] == "没必要投诉"
    assert because["上次投诉处理得很好"].startswith("投诉处理得") or "上次" in because["上次投诉处理得很好"]
    assert all(because.values())


@given(st.sampled_from([s for label, s in LABELLED if "\n" not in s]))
def test_apostrophes_widths_case_and_script_change_nothing(sentence: str) -> None:
    told = [each.stance for each in readings(sentence, PHRASES)]
    wide = "".join(chr(ord(c) + 0xFEE0) if "a" <= c.lower() <= "z" else c for c in sentence)
    for written in (sentence.replace("'", "’"), sentence.upper(), wide, sentence.replace("诉", "訴")):
        assert [each.stance for each in readings(written, PHRASES)] == told, written


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert {each.phrase for each in readings(text, PHRASES)} <= set(PHRASES)
    assert asks_for(f"{text}。我要投诉", PHRASES) is not None or "「" in text or "“" in text or text.count('"') % 2


def test_no_phrase_asks_for_nothing() -> None:
    assert readings("我要投诉", ()) == readings("我要投诉", ("", " ")) == []

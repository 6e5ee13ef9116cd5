"""The spoken form of text: a golden table, and rules that hold for any text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_builder.spoken.english import english, numbers
from audio_builder.spoken.form import spoken_form

TABLE = Path(__file__).parent.parent / "cases" / "spoken-english.tsv"
ROWS = [tuple(row.split("\t")) for row in TABLE.read_text("utf-8").splitlines()]
WRITTEN = [written for written, _ in ROWS]

texts = st.one_of(
    st.text(),
    st.text(alphabet="0123456789 .,:;-–—/%°'\"½¾²$€£+x×()[]IVXLCabcAMPM", max_size=40),
    st.lists(st.sampled_from([word for written in WRITTEN for word in written.split()]), max_size=12).map(
        " ".join
    ),
)


def test_english_is_spoken_as_in_the_table():
    wrong = {written: spoken_form(written) for written, spoken in ROWS if spoken_form(written) != spoken}
    assert wrong == {}, f"expected {[dict(ROWS)[written] for written in wrong]}"


def test_the_table_has_at_least_300_rows():
    assert len({*WRITTEN}) >= 300


@given(texts)
def test_the_spoken_form_of_a_spoken_form_is_itself(text):
    spoken = spoken_form(text)
    assert spoken_form(spoken) == spoken


@given(texts)
def test_a_spoken_form_has_no_digits_and_no_markup(text):
    spoken = spoken_form(text)
    assert not any(char in "0123456789*_~^|\\`<>#" for char in spoken)


@given(st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=3).map(" ".join))
def test_ordinary_sentences_are_those_that_no_rule_changes(text):
    """The rules are skipped for most sentences. This shows that nothing is missed."""
    for sentence in text.split(". "):
        if not english.may_change(sentence):
            assert english.apply_rules(sentence) == sentence


@pytest.mark.parametrize("language", ["de", "fr-CA", "es"])
def test_other_languages_keep_their_numbers(language):
    assert spoken_form("Atme 4 -- und ruhe…", language) == "Atme 4 — und ruhe…"


def test_words_whose_pronunciation_is_given_stay_as_they_are():
    assert spoken_form("The L5-S1 disc and the MRI.", keep=["L5-S1"]) == "The L5-S1 disc and the M.R.I."


@given(st.integers(0, 2000) | st.integers(0, 10**15 - 1))
def test_numbers_have_the_words_that_num2words_gives_them(number):
    from num2words import num2words

    assert numbers.cardinal(number) == num2words(number).replace(",", "")
    assert numbers.ordinal(number) == num2words(number, to="ordinal").replace(",", "")


@given(st.integers(1000, 2999))
def test_years_have_the_words_that_num2words_gives_them(number):
    from num2words import num2words

    assert numbers.year(number) == num2words(number, to="year").replace(",", "")

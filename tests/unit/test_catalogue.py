"""Voices that can be added are found by what people call them, and the catalogue is complete."""

import re

import pytest

from audio_builder.errors import VoiceMissing
from audio_builder.speech.adding.catalogue import (
    find_offer,
    matching_names,
    piper_offers,
    search,
    words_to_search,
)
from audio_builder.speech.sentences import sample_in, sentences_in

OFFERS = piper_offers("")
NAMES = [offer.name for offer in OFFERS]


def found(*words):
    return [offer.name for offer in search(words, OFFERS)]


def test_each_voice_has_a_model_a_configuration_and_a_card_with_sizes_and_sums():
    assert len(set(NAMES)) == len(NAMES) > 100
    for offer in OFFERS:
        model, config, card = offer.files
        assert (model.name, config.name, card.name) == (
            f"{offer.name}.onnx",
            f"{offer.name}.onnx.json",
            "MODEL_CARD",
        )
        assert 10**7 < model.size < 2 * 10**8
        assert 10**3 < config.size < 10**5
        assert 100 < card.size < 10**4
        assert all(re.fullmatch(r"md5:[0-9a-f]{32}", file.digest) for file in offer.files)
        assert offer.size == model.size + config.size + card.size
        assert offer.language.partition("-")[0] == model.path.partition("/")[0]
        assert offer.source.startswith("https://")
        assert offer.source.endswith("/")
        assert offer.licence == f"see its model card, {offer.source}{card.path}"
    assert len({file.digest for offer in OFFERS for file in offer.files if file.name != "MODEL_CARD"}) > 200


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("de_DE-thorsten-medium", "de_DE-thorsten-medium"),
        (" piper:DE_de-Thorsten-Medium ", "de_DE-thorsten-medium"),
        ("thorsten-medium", "de_DE-thorsten-medium"),
        ("kerstin", "de_DE-kerstin-low"),
        ("de_DE-kerstin", "de_DE-kerstin-low"),
        ("tugao", "pt_PT-tugão-medium"),
    ],
)
def test_a_voice_is_found_by_its_name_or_the_part_that_only_it_has(wanted, name):
    assert find_offer(wanted, OFFERS).name == name


@pytest.mark.parametrize("wanted", ["", "medium", "de_DE", "thorst", "hibari:thorsten-medium", "../piper"])
def test_what_names_no_voice_is_refused(wanted):
    with pytest.raises(VoiceMissing, match="can be added"):
        find_offer(wanted, OFFERS)


def test_a_name_that_is_exact_is_preferred_to_parts():
    assert matching_names("joe", ["joe", "en_US-joe-medium"]) == ["joe"]
    assert matching_names("joe", ["en_US-joe-medium", "de_DE-joe-low"]) == [
        "en_US-joe-medium",
        "de_DE-joe-low",
    ]


def test_voices_are_searched_by_code_language_country_name_and_quality():
    german = found("de")
    assert german == found("german") == found("Deutsch") == found("DE") == found("de_DE")
    assert all(name.startswith("de_") for name in german)
    assert set(found("great britain")) == {name for name in NAMES if name.startswith(("en_GB", "cy_GB"))}
    assert found("en-gb", "alan") == ["en_GB-alan-low", "en_GB-alan-medium"]
    assert found("espanol", "mexico", "high") == ["es_MX-claude-high"]
    assert found("português", "portugal") == ["pt_PT-tugão-medium"]
    assert found() == NAMES
    assert found("klingon") == found("german", "france") == []


def test_each_language_and_country_of_the_hints_is_found():
    words = words_to_search(OFFERS)
    assert {"german", "spain", "czech republic"} <= set(words)
    assert all(found(word) for word in words)


def test_sentences_are_those_of_the_language_and_english_if_there_are_none():
    assert sample_in("de-AT").startswith("Lass dich")
    assert sentences_in("tlh") == sentences_in("") == sentences_in("en-GB")
    for offer in OFFERS:
        assert len(set(sentences_in(offer.language))) == 3

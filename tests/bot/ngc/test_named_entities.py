"""Names of persons, places and organisations, with and without the extras."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from bot.ngc import lac, named_entities
from bot.ngc.component import Draft
from bot.ngc.named_entities import SPACY_MODEL, NameEntityExtractor
from bot.types import Entity
from knowledge.languages import BilingualEmbedder

HAS_LAC = lac.is_installed()
HAS_SPACY = find_spec(SPACY_MODEL) is not None


def names(text: str, language: str, *entities: Entity) -> list[tuple[str, str]]:
    step = NameEntityExtractor(BilingualEmbedder())
    draft = Draft(text=text, language=language, space=language, entities=entities)
    return [(one.name, one.value) for one in step.process(draft).entities]


def test_without_extras_our_own_tagger_finds_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lac, "is_installed", lambda: False)
    monkeypatch.setattr(named_entities, "find_spec", lambda _name: None)
    assert ("organisation", "DHL") in names("DHL brings it to Vienna", "en")
    assert ("place", "广州") in names("我住在广州", "zh")
    assert names("I have it", "en") == []
    assert names("bonjour", "fr") == []


@pytest.mark.skipif(not HAS_LAC, reason="pip install 'frontdesk[names]'")
def test_lac_finds_chinese_names_beside_what_was_found_before() -> None:
    text = "张伟的订单20231105在北京市的华为公司"
    order = Entity(name="order", value="20231105", start=5, end=13)
    assert names(text, "zh", order) == [
        ("person", "张伟"),
        ("order", "20231105"),
        ("place", "北京市"),
        ("organisation", "华为公司"),
    ]
    assert names("", "zh") == []


@pytest.mark.skipif(not HAS_SPACY, reason="pip install 'frontdesk[names-en]'")
def test_spacy_finds_english_names() -> None:
    assert ("place", "Vienna") in names("I am Maria Lopez from Vienna", "en")

"""Which step does the work of each component that `pipeline` of `config.yml` names."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.errors import UnknownPlugin
from bot.formats.rasa_components import COMPONENTS, known_name
from bot.ngc.classifier import FallbackClassifier, KeywordIntentClassifier, LinearIntentClassifier
from bot.ngc.component import Component
from bot.ngc.crf import CRFEntityExtractor
from bot.ngc.custom import custom_component, entry_point_names, stand_in
from bot.ngc.duckling import DucklingEntityExtractor
from bot.ngc.entities import RegexEntityExtractor
from bot.ngc.features import (
    CountVectorsFeaturizer,
    RegexFeaturizer,
    SentenceEmbeddingFeaturizer,
)
from bot.ngc.named_entities import NameEntityExtractor
from bot.ngc.names import PersonEntityExtractor
from bot.ngc.relations.extractor import RelationExtractor
from bot.ngc.response_selector import ResponseSelector
from bot.ngc.sentiment.analyzer import SentimentAnalyzer
from bot.ngc.synonyms import EntitySynonymMapper
from bot.ngc.tokenizer import LanguageTokenizer
from bot.project import ComponentConfig
from knowledge.languages import BilingualEmbedder

COMPONENT_NAMES: Final = tuple(sorted(COMPONENTS))
"""Every name of ours or of Rasa that `pipeline` of `config.yml` may hold."""
TOKENIZERS: Final = ("WhitespaceTokenizer", "JiebaTokenizer", "SpacyTokenizer", "MitieTokenizer")
_EMBEDDING: Final = "SentenceEmbeddingFeaturizer"
_EMBEDDING_NAMES: Final = (
    _EMBEDDING,
    "LanguageModelFeaturizer",
    "ConveRTFeaturizer",
    "SpacyFeaturizer",
    "MitieFeaturizer",
)
_LINEAR: Final = (
    "LogisticRegressionClassifier",
    "SklearnIntentClassifier",
    "MitieIntentClassifier",
)
_CLASSIFIERS: Final = (*_LINEAR, "DIETClassifier", "KeywordIntentClassifier")
# Their work is part of every pipeline, or of another step.
_IMPLIED: Final = (
    *TOKENIZERS,
    "LanguageDetector",
    "SpacyNLP",
    "MitieNLP",
    "LexicalSyntacticFeaturizer",
    "RegexMessageHandler",
)
DEFAULT_PIPELINE: Final = (
    ComponentConfig(name=_EMBEDDING),
    ComponentConfig(name="CountVectorsFeaturizer"),
    ComponentConfig(
        name="CountVectorsFeaturizer",
        settings={"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    ),
    ComponentConfig(name="LogisticRegressionClassifier"),
    ComponentConfig(name="RegexEntityExtractor"),
    ComponentConfig(name="CRFEntityExtractor"),
    ComponentConfig(name="EntitySynonymMapper"),
    ComponentConfig(name="FallbackClassifier", settings={"threshold": 0.3}),
)
"""What runs when `config.yml` has no `pipeline`."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What steps share."""

    embedder: BilingualEmbedder
    shares_languages: bool
    """Whether the features of different languages are comparable."""


def make_steps(
    configs: Sequence[ComponentConfig], embedder: BilingualEmbedder, home: Path | None = None
) -> tuple[Component, ...]:
    """Return the untrained steps of a pipeline.

    Args:
        configs: The entries of `pipeline`.
        embedder: Shared by all steps.
        home: The project's folder, where its own components are imported from.

    Raises:
        UnknownPlugin: a name that nobody provides, or a class that is no component.
    """
    configs = [one if known_name(one.name) else stand_in(one, home) for one in configs]
    names = [known_name(config.name) for config in configs]
    steps: list[Component] = [_tokenizer(names, configs)]
    embeds = any(name in _EMBEDDING_NAMES for name in names)
    if not embeds and {"DIETClassifier", "MitieIntentClassifier"} & set(names):
        # DIET learns its own representation; ours comes trained.
        steps.append(SentenceEmbeddingFeaturizer(embedder))
        embeds = True
    parts = _Parts(embedder=embedder, shares_languages=embeds)
    for name, config in zip(names, configs, strict=True):
        is_second = name in _EMBEDDING_NAMES and any(
            isinstance(step, SentenceEmbeddingFeaturizer) for step in steps
        )
        if not is_second:
            steps += _make(name, config, parts, home)
    if embeds and not any(name in _CLASSIFIERS for name in names) and all(names):
        # Whoever loads a language model and names no classifier means its usual one.
        steps.append(LinearIntentClassifier({}, shares_languages=True))
    return tuple(steps)


def _tokenizer(
    names: Sequence[str | None], configs: Sequence[ComponentConfig]
) -> LanguageTokenizer:
    for name, config in zip(names, configs, strict=True):
        if name in TOKENIZERS:
            return LanguageTokenizer(config.settings, uses_jieba=name == "JiebaTokenizer")
    return LanguageTokenizer({})


def _make(
    name: str | None, config: ComponentConfig, parts: _Parts, home: Path | None
) -> list[Component]:
    if name is None:
        return [_own(config, home)]
    if name in _IMPLIED:
        return []
    return _MAKERS[name](config.settings, parts)


def _own(config: ComponentConfig, home: Path | None) -> Component:
    if "." in config.name or config.name in entry_point_names():
        return custom_component(config, home)
    place = config.place
    where = f" ({place.path}:{place.line}:{place.column})" if place else ""
    known = (*COMPONENT_NAMES, *entry_point_names())
    near = difflib.get_close_matches(config.name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UnknownPlugin(f"component '{config.name}'{where}.{hint} Known: {', '.join(known)}")


def _diet(settings: Settings, parts: _Parts) -> list[Component]:
    steps: list[Component] = []
    if settings.get("intent_classification", True):
        steps += _linear(settings, parts)
    if settings.get("entity_recognition", True):
        split = {"split_entities_by_comma": settings.get("split_entities_by_comma", True)}
        steps.append(CRFEntityExtractor(split, name="DIETClassifier", words=parts.embedder.words))
    return steps


def _linear(settings: Settings, parts: _Parts) -> list[Component]:
    return [LinearIntentClassifier(settings, shares_languages=parts.shares_languages)]


def _spacy(settings: Settings, parts: _Parts) -> list[Component]:
    return [PersonEntityExtractor(settings, parts.embedder.words)]


_Maker = Callable[[Settings, _Parts], list[Component]]
_MAKERS: Final[Mapping[str, _Maker]] = {
    **dict.fromkeys(
        _EMBEDDING_NAMES, lambda _settings, parts: [SentenceEmbeddingFeaturizer(parts.embedder)]
    ),
    **dict.fromkeys(_LINEAR, _linear),
    "DIETClassifier": _diet,
    "SpacyEntityExtractor": _spacy,
    "CountVectorsFeaturizer": lambda settings, _: [CountVectorsFeaturizer(settings)],
    "RegexFeaturizer": lambda settings, _: [RegexFeaturizer(settings)],
    "KeywordIntentClassifier": lambda settings, _: [KeywordIntentClassifier(settings)],
    "RegexEntityExtractor": lambda settings, _: [RegexEntityExtractor(settings)],
    "CRFEntityExtractor": lambda settings, parts: [
        CRFEntityExtractor(settings, words=parts.embedder.words)
    ],
    "MitieEntityExtractor": lambda _settings, parts: [
        CRFEntityExtractor({}, name="MitieEntityExtractor", words=parts.embedder.words)
    ],
    "DucklingEntityExtractor": lambda settings, _: [DucklingEntityExtractor(settings)],
    "EntitySynonymMapper": lambda _settings, _: [EntitySynonymMapper()],
    "ResponseSelector": lambda settings, parts: [
        ResponseSelector(settings, shares_languages=parts.shares_languages)
    ],
    "FallbackClassifier": lambda settings, _: [FallbackClassifier(settings)],
    "NameEntityExtractor": lambda _settings, parts: [NameEntityExtractor(parts.embedder)],
    "SentimentAnalyzer": lambda _settings, parts: [SentimentAnalyzer(parts.embedder)],
    "RelationExtractor": lambda settings, parts: [RelationExtractor(settings, parts.embedder)],
}

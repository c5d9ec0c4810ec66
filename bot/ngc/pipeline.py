"""All steps of understanding in the order of `config.yml`: trained, saved, loaded and run."""

from __future__ import annotations

import difflib
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.domain import BUILTIN_INTENTS
from bot.errors import ModelError, UnknownPlugin
from bot.ngc.archive import read_json, write_json
from bot.ngc.classifier import (
    FallbackClassifier,
    KeywordIntentClassifier,
    LinearIntentClassifier,
    ResponseSelector,
)
from bot.ngc.component import MAX_CHARS, Component, Draft, Labelled
from bot.ngc.crf import CRFEntityExtractor
from bot.ngc.duckling import DucklingEntityExtractor
from bot.ngc.entities import RegexEntityExtractor, entity_names
from bot.ngc.features import (
    CountVectorsFeaturizer,
    RegexFeaturizer,
    SentenceEmbeddingFeaturizer,
)
from bot.ngc.regex_message import PREFIX, read_regex_message
from bot.ngc.synonyms import EntitySynonymMapper
from bot.ngc.tokenizer import LanguageTokenizer
from bot.project import ComponentConfig, Example, Project
from bot.types import Intent, Reading
from knowledge.languages import BilingualEmbedder, detect_language, primary_language

Progress = Callable[[str, float], None]
"""Receives what is being done, and which share of it is done, in [0, 1]."""

WARM_UP_DELAY_S: Final = 3.0
"""Warming up takes the processor from the first answer, so it waits until that is out."""
FORMAT_VERSION: Final = 1
_FILE: Final = "pipeline.json"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NO_INTENT: Final = Intent(name=None, confidence=0.0)

# What config.yml may name. The steps in `_ACCEPTED` are part of every pipeline, or of another
# step; projects written for Rasa may keep them.
_ACCEPTED: Final = frozenset(
    {
        "LanguageDetector",
        "WhitespaceTokenizer",
        "JiebaTokenizer",
        "LexicalSyntacticFeaturizer",
        "RegexMessageHandler",
    }
)
_EMBEDDING: Final = "SentenceEmbeddingFeaturizer"
_EMBEDDING_NAMES: Final = (_EMBEDDING, "LanguageModelFeaturizer")
_LINEAR: Final = ("LogisticRegressionClassifier", "SklearnIntentClassifier")
_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Component]]] = {
    "CountVectorsFeaturizer": CountVectorsFeaturizer,
    "RegexFeaturizer": RegexFeaturizer,
    "KeywordIntentClassifier": KeywordIntentClassifier,
    "RegexEntityExtractor": RegexEntityExtractor,
    "CRFEntityExtractor": CRFEntityExtractor,
    "DucklingEntityExtractor": DucklingEntityExtractor,
    "FallbackClassifier": FallbackClassifier,
}
COMPONENT_NAMES: Final = tuple(
    sorted(
        {
            *_ACCEPTED,
            *_EMBEDDING_NAMES,
            *_LINEAR,
            *_MAKERS,
            "DIETClassifier",
            "EntitySynonymMapper",
            "ResponseSelector",
        }
    )
)
"""Every name that `pipeline` of `config.yml` may hold."""
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


class Pipeline:
    """Understands texts. Safe to use from several threads once trained or loaded."""

    def __init__(
        self,
        configs: Sequence[ComponentConfig],
        *,
        language: str = "en",
        embedder: BilingualEmbedder | None = None,
    ) -> None:
        """Make the steps that `configs` name, untrained.

        Raises:
            UnknownPlugin: a name that nobody provides.
        """
        self._configs = tuple(configs) or DEFAULT_PIPELINE
        self._language = primary_language(language)
        self._embedder = embedder or BilingualEmbedder()
        self._steps = _make_steps(self._configs, self._embedder)
        self._languages: tuple[str, ...] = ()
        self._intents: frozenset[str] = frozenset()
        self._entities: frozenset[str] = frozenset()

    @classmethod
    def train(
        cls,
        project: Project,
        progress: Progress | None = None,
        *,
        embedder: BilingualEmbedder | None = None,
    ) -> Pipeline:
        """Return a pipeline that has learnt the examples of `project`.

        Raises:
            UnknownPlugin: `config.yml` names a step that nobody provides.
            TrainingError: a step cannot learn from the examples.
        """
        settings = project.settings
        pipeline = cls(settings.pipeline, language=settings.language, embedder=embedder)
        pipeline._fit(project, progress or (lambda _text, _share: None))
        return pipeline

    def save(self, folder: Path) -> None:
        """Write everything that `load` needs to `folder`: JSON, arrays and CRFsuite's files."""
        folder.mkdir(parents=True, exist_ok=True)
        contents = {
            "version": FORMAT_VERSION,
            "language": self._language,
            "languages": self._languages,
            "intents": sorted(self._intents),
            "entities": sorted(self._entities),
            "pipeline": [
                {"name": config.name, "settings": dict(config.settings)} for config in self._configs
            ],
        }
        write_json(folder / _FILE, contents)
        for number, step in enumerate(self._steps):
            place = _step_folder(folder, number, step)
            place.mkdir(exist_ok=True)
            step.save(place)

    @classmethod
    def load(
        cls, folder: Path, *, embedder: BilingualEmbedder | None = None, warms_up: bool = False
    ) -> Pipeline:
        """Return the pipeline saved in `folder`.

        Embedders and parsers load at the first text that needs them; `warms_up` has a
        background thread load them at once.

        Raises:
            ModelError: a file is missing or damaged, or was written by another version.
        """
        contents = read_json(folder / _FILE)
        try:
            if contents["version"] != FORMAT_VERSION:
                raise ModelError(
                    f"the model has format {contents['version']}, not {FORMAT_VERSION}; train again"
                )
            configs = [
                ComponentConfig(name=entry["name"], settings=entry["settings"])
                for entry in contents["pipeline"]
            ]
            pipeline = cls(configs, language=contents["language"], embedder=embedder)
            pipeline._languages = tuple(contents["languages"])
            pipeline._intents = frozenset(contents["intents"])
            pipeline._entities = frozenset(contents["entities"])
            for number, step in enumerate(pipeline._steps):
                step.load(_step_folder(folder, number, step))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ModelError(f"{folder} holds a damaged model; train again") from error
        if warms_up:
            later = threading.Timer(WARM_UP_DELAY_S, pipeline.warm_up)
            later.name, later.daemon = "warm-up", True
            later.start()
        return pipeline

    def warm_up(self) -> None:
        """Load the embedders and parsers of this pipeline now; about 2 s."""
        for language in (self._language, *self._languages):
            self._run(self._draft("hello 你好", language))
        for step in self._steps:
            if isinstance(step, DucklingEntityExtractor):
                step.warm_up()

    def understand(self, text: str, locale: str | None = None) -> Reading:
        """Return what `text` means; never fails, whatever the text.

        Args:
            text: Only the first 2,000 characters are looked at.
            locale: BCP-47 tag, for texts that show no language of their own ("12345").
        """
        began = time.perf_counter()
        default = primary_language(locale) if locale else self._language
        language = detect_language(text, default)
        draft = self._run(self._draft(text, language))
        ranking = draft.ranking
        reading = Reading(
            text=text,
            intent=ranking[0] if ranking else _NO_INTENT,
            ranking=ranking,
            entities=draft.entities,
            language=language,
            response_selector=draft.response_selector,
            text_tokens=tuple((token.start, token.end) for token in draft.tokens),
        )
        if text.lstrip().startswith(PREFIX):
            spelt = read_regex_message(text, intents=self._intents, entities=self._entities)
            if spelt is not None:
                # A button says nothing about the language that its presser writes.
                reading = replace(spelt, language=default, text_tokens=reading.text_tokens)
        return replace(reading, took_ms=(time.perf_counter() - began) * 1000)

    def _fit(self, project: Project, progress: Progress) -> None:
        examples = project.understanding.examples
        spans_languages = _spans_languages(examples)
        labelled = [
            Labelled(
                Draft(
                    text=_readable(example.text),
                    language=(language := self._example_language(example.text, spans_languages)),
                    space=language,
                ),
                example,
            )
            for example in examples
        ]
        self._languages = tuple(sorted({one.draft.language for one in labelled} - {""}))
        self._intents = frozenset(
            {
                *BUILTIN_INTENTS,
                *project.domain.intents,
                *(one.intent for one in examples if one.intent),
            }
        )
        self._entities = entity_names(labelled, project)
        for number, step in enumerate(self._steps):
            progress(f"training {type(step).__name__}", number / len(self._steps))
            step.train(labelled, project)
            if isinstance(step, _FEATURE_STEPS):
                labelled = [Labelled(step.process(one.draft), one.example) for one in labelled]
        progress("trained", 1.0)

    def _example_language(self, text: str, spans_languages: bool) -> str:
        """Return the language of an example; empty if it could be any ("FD204815")."""
        return detect_language(text, "") if spans_languages else self._language

    def _draft(self, text: str, language: str) -> Draft:
        known = language in self._languages or not self._languages
        own = self._language if self._language in self._languages else None
        space = language if known else own or self._languages[0]
        return Draft(text=_readable(text), language=language, space=space)

    def _run(self, draft: Draft) -> Draft:
        for step in self._steps:
            draft = step.process(draft)
        return draft


_FEATURE_STEPS: Final = (
    LanguageTokenizer,
    SentenceEmbeddingFeaturizer,
    CountVectorsFeaturizer,
    RegexFeaturizer,
)


def _readable(text: str) -> str:
    """Return what is read of `text`, code point by code point; no surrogate can be encoded."""
    return _SURROGATE.sub("\ufffd", text[:MAX_CHARS])


def _spans_languages(examples: Sequence[Example]) -> bool:
    found = {detect_language(example.text, "") for example in examples} - {""}
    return len(found) > 1


def _make_steps(
    configs: Sequence[ComponentConfig], embedder: BilingualEmbedder
) -> tuple[Component, ...]:
    names = [config.name.rsplit(".", 1)[-1] for config in configs]
    for name, config in zip(names, configs, strict=True):
        if name not in COMPONENT_NAMES:
            raise UnknownPlugin(_unknown(config))
    steps: list[Component] = [LanguageTokenizer(uses_jieba="JiebaTokenizer" in names)]
    shares_languages = any(name in _EMBEDDING_NAMES for name in names)
    if not shares_languages and "DIETClassifier" in names:
        # DIET learns its own representation; ours comes trained.
        steps.append(SentenceEmbeddingFeaturizer(embedder))
        shares_languages = True
    for name, config in zip(names, configs, strict=True):
        steps += _make(name, config.settings, embedder, shares_languages)
    return tuple(steps)


def _make(
    name: str,
    settings: Mapping[str, Any],
    embedder: BilingualEmbedder,
    shares_languages: bool,
) -> list[Component]:
    if name in _ACCEPTED:
        return []
    if name in _EMBEDDING_NAMES:
        return [SentenceEmbeddingFeaturizer(embedder)]
    if name in _LINEAR:
        return [LinearIntentClassifier(settings, shares_languages=shares_languages)]
    if name == "ResponseSelector":
        return [ResponseSelector(settings, shares_languages=shares_languages)]
    if name == "EntitySynonymMapper":
        return [EntitySynonymMapper()]
    if name == "DIETClassifier":
        steps: list[Component] = []
        if settings.get("intent_classification", True):
            steps.append(LinearIntentClassifier(settings, shares_languages=shares_languages))
        if settings.get("entity_recognition", True):
            steps.append(CRFEntityExtractor({}, name=name))
        return steps
    return [_MAKERS[name](settings)]


def _unknown(config: ComponentConfig) -> str:
    place = config.place
    where = f" ({place.path}:{place.line}:{place.column})" if place else ""
    near = difflib.get_close_matches(config.name, COMPONENT_NAMES, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"component '{config.name}'{where}.{hint} Known: {', '.join(COMPONENT_NAMES)}"


def _step_folder(folder: Path, number: int, step: Component) -> Path:
    return folder / f"{number:02d}_{type(step).__name__}"

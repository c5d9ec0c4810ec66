"""All steps of understanding in the order of `config.yml`: trained, saved, loaded and run."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.domain import BUILTIN_INTENTS
from bot.errors import ModelError
from bot.formats.rasa_components import known_name
from bot.formats.regex_message import PREFIX, read_regex_message
from bot.ngc.archive import read_json, write_json
from bot.ngc.catalog import DEFAULT_PIPELINE, TOKENIZERS, make_steps
from bot.ngc.component import MAX_CHARS, Component, Draft, Labelled
from bot.ngc.duckling import DucklingEntityExtractor
from bot.ngc.entities import entity_names
from bot.ngc.features import (
    CountVectorsFeaturizer,
    RegexFeaturizer,
    SentenceEmbeddingFeaturizer,
)
from bot.ngc.heads import base_intent
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


class Pipeline:
    """Understands texts. Safe to use from several threads once trained or loaded."""

    def __init__(
        self,
        configs: Sequence[ComponentConfig],
        *,
        language: str = "en",
        embedder: BilingualEmbedder | None = None,
        home: Path | None = None,
    ) -> None:
        """Make the steps that `configs` name, untrained; `home` holds the project's own ones.

        Raises:
            UnknownPlugin: a name that nobody provides.
        """
        self._configs = tuple(configs) or DEFAULT_PIPELINE
        self._language = primary_language(language)
        self._embedder = embedder or BilingualEmbedder()
        self._home = home
        self._steps = make_steps(self._configs, self._embedder, home)
        self._tells_tokens = any(known_name(one.name) in TOKENIZERS for one in self._configs)
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
        pipeline = cls(
            settings.pipeline,
            language=settings.language,
            embedder=embedder,
            home=project.folder,
        )
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
            "home": str(self._home) if self._home else None,
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
        cls,
        folder: Path,
        *,
        embedder: BilingualEmbedder | None = None,
        warms_up: bool = False,
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
            # Where the project's own components were when it was trained.
            home = Path(contents["home"]) if contents["home"] else None
            pipeline = cls(configs, language=contents["language"], embedder=embedder, home=home)
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
        """Return what `text` without blanks around it means; never fails, whatever the text.

        Args:
            text: Only the first 2,000 characters are looked at.
            locale: BCP-47 tag, for texts that show no language of their own ("12345").
        """
        began = time.perf_counter()
        text = text.strip()
        default = primary_language(locale) if locale else self._language
        language = detect_language(text, default)
        draft = self._run(self._draft(text, language))
        spans = tuple((token.start, token.end) for token in draft.tokens) or ((0, 0),)
        reading = Reading(
            text=text,
            intent=draft.intent or _NO_INTENT,
            ranking=draft.ranking,
            entities=draft.entities,
            language=language,
            sentiment=draft.sentiment,
            relations=draft.relations,
            response_selector=draft.response_selector,
            text_tokens=spans if self._tells_tokens else (),
        )
        if text.lstrip().startswith(PREFIX):
            spelt = read_regex_message(text, intents=self._intents, entities=self._entities)
            if spelt is not None:
                # A button says nothing about the language that its presser writes.
                reading = replace(spelt, language=default)
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
                # A button names a retrieval intent as policies see it: `/faq`, not `/faq/price`.
                *(base_intent(one.intent) for one in examples if one.intent),
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


def embedded_languages(folder: Path) -> tuple[str, ...]:
    """Return the languages whose embedders the pipeline saved in `folder` needs.

    Raises:
        ModelError: a file is missing or damaged.
    """
    needs = [read_json(file)["languages"] for file in sorted(folder.glob("*/embedding.json"))]
    return tuple(sorted({language for languages in needs for language in languages}))


def _readable(text: str) -> str:
    """Return what is read of `text`, code point by code point; no surrogate can be encoded."""
    return _SURROGATE.sub("\ufffd", text[:MAX_CHARS])


def _spans_languages(examples: Sequence[Example]) -> bool:
    found = {detect_language(example.text, "") for example in examples} - {""}
    return len(found) > 1


def _step_folder(folder: Path, number: int, step: Component) -> Path:
    return folder / f"{number:02d}_{type(step).__name__}"

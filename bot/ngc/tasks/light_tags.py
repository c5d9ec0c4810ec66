"""The light tagger: a conditional random field for the entities, and `LightIntent` for labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.domain import Domain
from bot.errors import TrainingError
from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled
from bot.ngc.crf import CRFEntityExtractor
from bot.ngc.tasks.bio import without_overlaps
from bot.ngc.tasks.light_intent import LightIntent, train_light_intent
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import Prediction, Sample, Span
from bot.ngc.tasks.text_rows import shared_embedder
from bot.project import Example, Project, Settings, Understanding
from bot.types import Entity
from knowledge.languages import ENGLISH, BilingualEmbedder, detect_language

MAX_CHARS: Final = 2_000
"""What is read of a text."""
_NO_PROJECT: Final = Project(
    folder=Path(), settings=Settings(), domain=Domain(), understanding=Understanding()
)
_SETTINGS: Final = {"split_entities_by_comma": False}


class LightTags:
    """The trained tagger; safe to use from several threads."""

    kind = "light-tags"

    def __init__(self, field: CRFEntityExtractor, labels: LightIntent | None) -> None:
        """Hold the field, and what labels whole texts where samples have labels."""
        self._field, self._labels = field, labels

    @property
    def encoder(self) -> str:
        """Return the names of the frozen encoders; words alone are looked up without labels."""
        return self._labels.encoder if self._labels else "words of minilm-l6-v2-int8"

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return the entities of each sample, and its label where labels were taught."""
        found = self._labels.predict(samples) if self._labels else [Prediction()] * len(samples)
        return [
            Prediction(
                label=one.label,
                confidence=one.confidence,
                ranking=one.ranking,
                spans=self._spans(sample.text),
            )
            for sample, one in zip(samples, found, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write everything to the empty `folder`."""
        write_json(folder / "tags.json", {"has_labels": self._labels is not None})
        (folder / "field").mkdir()
        self._field.save(folder / "field")
        if self._labels is not None:
            (folder / "labels").mkdir()
            self._labels.save(folder / "labels")

    @classmethod
    def load(cls, folder: Path, embedder: BilingualEmbedder | None = None) -> LightTags:
        """Return what `save` wrote.

        Raises:
            ModelError: a file is missing or damaged.
        """
        embedder = embedder or shared_embedder()
        field = CRFEntityExtractor(_SETTINGS, words=embedder.words)
        field.load(folder / "field")
        has_labels = bool(read_json(folder / "tags.json")["has_labels"])
        return cls(field, LightIntent.load(folder / "labels", embedder) if has_labels else None)

    def _spans(self, text: str) -> tuple[Span, ...]:
        entities = self._field.process(_draft(text)).entities
        return without_overlaps([
            Span(entity.start or 0, entity.end or 0, entity.name, entity.role, entity.group)
            for entity in entities
        ])  # fmt: skip


def train_light_tags(lesson: Lesson, progress: Progress) -> LightTags:
    """Return what was learnt from the entities, and from the labels where there are several.

    Raises:
        TrainingError: no text has an entity.
    """
    if not any(sample.spans for sample in lesson.train):
        raise TrainingError("no text has an entity; mark some as {start, end, entity}")
    embedder = shared_embedder()
    field = CRFEntityExtractor(_SETTINGS, words=embedder.words)
    progress("learning entities", 0.0)
    field.train([_labelled(sample) for sample in lesson.train if sample.text.strip()], _NO_PROJECT)
    labels = None
    if len({sample.label for sample in lesson.train} - {""}) > 1:
        labels = train_light_intent(
            lesson, lambda text, share: progress(text, 0.7 + 0.3 * share), embedder=embedder
        )
    progress("trained", 1.0)
    return LightTags(field, labels)


def _draft(text: str) -> Draft:
    text = text[:MAX_CHARS]
    language = detect_language(text, ENGLISH)
    return Draft(text=text, language=language, space=language)


def _labelled(sample: Sample) -> Labelled:
    draft = _draft(sample.text)
    entities = tuple(
        Entity(
            name=span.name,
            value=sample.text[span.start : span.end],
            start=span.start,
            end=span.end,
            role=span.role,
            group=span.group,
        )
        for span in without_overlaps(sample.spans)
        if span.end <= len(draft.text)
    )
    return Labelled(draft, Example(text=draft.text, intent=None, entities=entities))

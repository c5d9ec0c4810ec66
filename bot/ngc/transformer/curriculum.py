"""What a lesson is about, as numbers: its labels, its tags, and the encoder that reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import TrainingError
from bot.ngc.tasks.model import Lesson, TaskName
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Sample
from bot.ngc.transformer.learning import Lettered
from bot.ngc.transformer.network import NO_TARGET
from bot.ngc.transformer.pieces import Encoded, Pieces
from bot.ngc.transformer.units import Granularity, TagSet, choose_granularity
from bot.ngc.transformer.vocabulary import prune
from knowledge.e5_weights import load_e5
from knowledge.minilm_weights import load_minilm
from knowledge.pretrained import PretrainedEncoder

LONGEST_PIECES: Final = 128
"""What training reads of a text: time grows with it, and few texts are longer."""
FOREIGN_SHARE: Final = 0.05
"""Share of texts with letters that English does not have, from which a set is not English."""
_LABELLED: Final[frozenset[TaskName]] = frozenset({"intent", "slots", "sentiment", "relations"})
_TAGGED: Final[frozenset[TaskName]] = frozenset({"slots", "ner"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Curriculum:
    """Turns samples into what a network learns."""

    task: TaskName
    pretrained: PretrainedEncoder
    labels: tuple[str, ...]
    tags: TagSet
    granularity: Granularity
    has_spellings: bool
    pieces: Pieces

    @classmethod
    def of(cls, lesson: Lesson) -> Curriculum:
        """Return the curriculum of `lesson`; its encoder is chosen by its texts.

        Raises:
            TrainingError: there are no samples, or they say nothing that could be learnt.
            WeightsError: the encoder's weights are not installed.
        """
        train = lesson.train
        labels = sorted({sample.label for sample in train} - {"", OUT_OF_SCOPE})
        if lesson.task not in _LABELLED:
            labels = []
        tags = TagSet.of(train) if lesson.task in _TAGGED else TagSet(())
        if not labels and not tags.names:
            raise TrainingError(
                f"none of the {len(train)} samples has a label or an entity; add labelled ones"
            )
        pretrained = choose_encoder([sample.text for sample in train])
        granularity = choose_granularity(train) if tags.names else "word"
        has_spellings = bool(tags.names) and not pretrained.is_cased
        return cls(
            task=lesson.task,
            pretrained=pretrained,
            labels=tuple(labels),
            tags=tags,
            granularity=granularity,
            has_spellings=has_spellings,
            pieces=Pieces(
                pretrained.tokenizer,
                granularity=granularity if tags.names else None,
                has_spellings=has_spellings,
            ),
        )

    @property
    def spots(self) -> int:
        """How many averages stand for a text."""
        return 3 if self.task == "relations" else 1

    def letter(self, samples: Sequence[Sample]) -> list[Lettered]:
        """Return `samples` as numbers, in their order."""
        return [self._one(sample) for sample in samples]

    def _one(self, sample: Sample) -> Lettered:
        text = self._encode(sample)
        known = sample.label in self.labels
        tags = self.tags.tags(text.units, sample.spans) if text.units else []
        return Lettered(
            text=text,
            label=self.labels.index(sample.label) if known else NO_TARGET,
            is_outside=sample.label == OUT_OF_SCOPE,
            tags=tuple(tags),
        )

    def _encode(self, sample: Sample) -> Encoded:
        encode = self.pieces.encode_relation if self.task == "relations" else self.pieces.encode
        return encode(sample, limit=LONGEST_PIECES)


def choose_encoder(texts: Sequence[str]) -> PretrainedEncoder:
    """Return the English encoder for English texts, else the multilingual one.

    The English one is the better one in English, but knows nothing else.

    Raises:
        WeightsError: the weights are not installed.
    """
    foreign = sum(
        any(letter.isalpha() and not letter.isascii() for letter in text) for text in texts
    )
    if foreign < FOREIGN_SHARE * len(texts):
        return load_minilm()
    return prune(load_e5(), texts)

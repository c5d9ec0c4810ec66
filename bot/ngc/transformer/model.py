"""A fine-tuned transformer as it serves: onnxruntime, numpy and a tokenizer, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.ngc.archive import read_arrays, read_json, write_arrays, write_json
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Prediction, Sample, Span
from bot.ngc.transformer.calibration import Calibration, mixed_shares
from bot.ngc.transformer.partner import Partner
from bot.ngc.transformer.pieces import Encoded, Pieces, spelling_rows
from bot.ngc.transformer.scope import Scope
from bot.ngc.transformer.units import Granularity, TagSet
from bot.ngc.transformer.viterbi import likeliest_path
from knowledge.converted import ConvertedModel
from knowledge.embedder import FloatArray, normalise
from knowledge.encoder_session import EncoderSession
from knowledge.errors import WeightsError

KIND: Final = "transformer"
FORMAT_VERSION: Final = 1
BATCH_TEXTS: Final = 8
"""Larger batches are not faster, and need more memory."""
_FILE: Final = "transformer.json"
_PARTNER: Final = "partner"
_TABLES: Final = ("words", "word_scales", "positions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a model beside its weights."""

    task: TaskName
    encoder: str
    licence: str
    """Of the published encoder."""
    parameters: int
    """Numbers of the encoder, the table of words among them."""
    labels: tuple[str, ...] = ()
    tags: TagSet = TagSet(())
    granularity: Granularity = "word"
    has_spellings: bool = False
    calibration: Calibration = Calibration()


@dataclass(frozen=True, slots=True)
class TransformerModel:
    """What was learnt. Safe to use from several threads."""

    facts: Facts
    weights: ConvertedModel
    heads: dict[str, FloatArray]
    """`label.weight`, `label.bias`, `tag.weight`, `tag.bias`, `transitions`, `spellings`: those
    that the task has."""
    tokenizer: str
    partner: Partner | None
    scope: Scope | None
    pieces: Pieces
    session: EncoderSession
    kind: str = KIND

    @classmethod
    def of(
        cls,
        facts: Facts,
        weights: ConvertedModel,
        heads: dict[str, FloatArray],
        tokenizer: str,
        *,
        partner: Partner | None = None,
        scope: Scope | None = None,
    ) -> TransformerModel:
        """Return a model that is ready to predict."""
        pieces = Pieces(
            tokenizer,
            granularity=facts.granularity if facts.tags.names else None,
            has_spellings=facts.has_spellings,
        )
        session = EncoderSession.of(weights)
        return cls(facts, weights, heads, tokenizer, partner, scope, pieces, session)

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return one prediction per sample; texts of like length are computed together."""
        encoded = [self._encode(sample) for sample in samples]
        order = sorted(range(len(samples)), key=lambda row: len(encoded[row].ids))
        found: list[Prediction] = [Prediction()] * len(samples)
        for start in range(0, len(order), BATCH_TEXTS):
            rows = order[start : start + BATCH_TEXTS]
            pooled, spans = self._read([encoded[row] for row in rows])
            labelled = self._label([samples[row] for row in rows], pooled)
            for row, one, entities in zip(rows, labelled, spans, strict=True):
                label, ranking = one
                confidence = ranking[0][1] if ranking else 0.0
                found[row] = Prediction(
                    label=label, confidence=confidence, ranking=ranking, spans=entities
                )
        return found

    def describe(self) -> dict[str, Any]:
        """Return the facts of a model card: the encoder, its licence and its sizes."""
        return {
            "encoder": self.facts.encoder,
            "encoder_licence": self.facts.licence,
            "parameters": self.facts.parameters,
            "vocabulary": len(self.weights.words),
            "labels": len(self.facts.labels),
            "entities": len(self.facts.tags.names),
            **asdict(self.facts.calibration),
        }

    def save(self, folder: Path) -> None:
        """Write everything to `folder`: JSON, arrays and ONNX."""
        facts = self.facts
        contents = {
            "version": FORMAT_VERSION,
            "task": facts.task,
            "encoder": facts.encoder,
            "licence": facts.licence,
            "parameters": facts.parameters,
            "labels": facts.labels,
            "names": facts.tags.names,
            "granularity": facts.granularity,
            "has_spellings": facts.has_spellings,
            "calibration": asdict(facts.calibration),
            "scope": None if self.scope is None else self.scope.settings(),
            "has_partner": self.partner is not None,
        }
        write_json(folder / _FILE, contents)
        (folder / "tokenizer.json").write_text(self.tokenizer, encoding="utf-8")
        (folder / "encoder.onnx").write_bytes(self.weights.graph)
        for name in _TABLES:
            np.save(folder / f"{name}.npy", getattr(self.weights, name), allow_pickle=False)
        write_arrays(folder / "heads.npz", **self.heads)
        if self.scope is not None:
            write_arrays(folder / "scope.npz", **self.scope.arrays())
        if self.partner is not None:
            (folder / _PARTNER).mkdir()
            self.partner.save(folder / _PARTNER)

    def _encode(self, sample: Sample) -> Encoded:
        if self.facts.task == "relations":
            return self.pieces.encode_relation(sample)
        return self.pieces.encode(sample)

    def _read(self, texts: Sequence[Encoded]) -> tuple[FloatArray, list[tuple[Span, ...]]]:
        """Return the vector of each text, [texts, spots · dim] at unit length, and its spans."""
        added = spelling_rows(self.heads["spellings"], texts) if texts[0].spellings else None
        hidden, _ = self.session.hidden([text.ids for text in texts], added)
        pooled = np.stack(
            [
                np.concatenate([rows[start:end].mean(axis=0) for start, end in text.spots])
                for rows, text in zip(hidden, texts, strict=True)
            ]
        )
        return normalise(pooled), [
            self._spans(rows, text) for rows, text in zip(hidden, texts, strict=True)
        ]

    def _spans(self, hidden: FloatArray, text: Encoded) -> tuple[Span, ...]:
        if not text.units:
            return ()
        emissions = hidden[list(text.firsts)] @ self.heads["tag.weight"] + self.heads["tag.bias"]
        path = likeliest_path(emissions, self.heads["transitions"])
        return self.facts.tags.spans(text.units, path)

    def _label(
        self, samples: Sequence[Sample], pooled: FloatArray
    ) -> list[tuple[str, tuple[tuple[str, float], ...]]]:
        """Return the label of each text, and all labels with their probabilities."""
        names = self.facts.labels
        if not names:
            return [("", ())] * len(samples)
        logits = np.zeros((len(samples), 1), dtype=np.float32)
        if "label.weight" in self.heads:  # there are labels to choose from
            logits = pooled @ self.heads["label.weight"] + self.heads["label.bias"]
        told = self.partner.log_shares(samples) if self.partner else None
        shares = mixed_shares(self.facts.calibration, logits, told)
        outside = np.zeros(len(samples), dtype=np.bool_)
        if self.scope is not None:
            outside = self.scope.is_outside(pooled, logits, shares)
        return [_ranked(names, row, out) for row, out in zip(shares, outside, strict=True)]


def _ranked(
    names: Sequence[str], shares: NDArray[Any], is_outside: np.bool_
) -> tuple[str, tuple[tuple[str, float], ...]]:
    order = [int(row) for row in np.argsort(-shares, kind="stable")]
    ranking = tuple((names[row], float(shares[row])) for row in order)
    return OUT_OF_SCOPE if is_outside else ranking[0][0], ranking


def load_transformer(folder: Path) -> TransformerModel:
    """Return the model that was saved to `folder`; about 0.2 s.

    Raises:
        ModelError: a file is missing or damaged, or was written by another version.
    """
    contents = read_json(folder / _FILE)
    try:
        if contents["version"] != FORMAT_VERSION:
            raise ModelError(
                f"the model has format {contents['version']}, not {FORMAT_VERSION}; train again"
            )
        facts = Facts(
            task=contents["task"],
            encoder=contents["encoder"],
            licence=contents["licence"],
            parameters=int(contents["parameters"]),
            labels=tuple(contents["labels"]),
            tags=TagSet(tuple((name, role, group) for name, role, group in contents["names"])),
            granularity=contents["granularity"],
            has_spellings=bool(contents["has_spellings"]),
            calibration=Calibration(**contents["calibration"]),
        )
        settings = contents["scope"]
        scope = None
        if settings is not None:
            scope = Scope.of(settings, read_arrays(folder / "scope.npz"))
        partner = Partner.load(folder / _PARTNER, facts.labels) if contents["has_partner"] else None
        return TransformerModel.of(
            facts,
            _weights(folder),
            read_arrays(folder / "heads.npz"),
            (folder / "tokenizer.json").read_text(encoding="utf-8"),
            partner=partner,
            scope=scope,
        )
    except WeightsError as error:
        raise ModelError(f"{folder} holds a damaged model ({error}); train again") from error
    except (OSError, KeyError, TypeError, AttributeError, ValueError, EOFError) as error:
        raise ModelError(f"{folder} holds a damaged model; train again") from error


def _weights(folder: Path) -> ConvertedModel:
    # Only the rows of the words that come up are read from the disk.
    tables = {
        name: np.load(
            folder / f"{name}.npy", mmap_mode="r" if name == "words" else None, allow_pickle=False
        )
        for name in _TABLES
    }
    return ConvertedModel(graph=(folder / "encoder.onnx").read_bytes(), **tables)

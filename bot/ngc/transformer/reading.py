"""What a network says about texts held back: logits, vectors and tags, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from bot.ngc.transformer.learning import Lettered, half_precision
from bot.ngc.transformer.network import NO_TARGET, Batch, Network
from bot.ngc.transformer.units import TagSet, Unit
from bot.ngc.transformer.viterbi import likeliest_path
from knowledge.embedder import FloatArray, normalise

_BATCH_TEXTS: Final = 64


@dataclass(frozen=True, slots=True)
class Readings:
    """One row per text, in the order of the texts."""

    vectors: FloatArray
    """float32 [texts, spots · dim], at unit length."""
    logits: FloatArray
    """float32 [texts, labels]; no labels without a head for them."""
    tags: list[list[int]]
    """The likeliest tag of each unit; empty without a head for tags."""


def read(network: Network, examples: Sequence[Lettered]) -> Readings:
    """Return what `network`, which is not training, says about `examples`."""
    device = network.encoder.positions.device
    order = sorted(range(len(examples)), key=lambda row: len(examples[row].text.ids))
    vectors: list[FloatArray] = [np.zeros(0, np.float32)] * len(examples)
    logits, tags = list(vectors), [[] for _ in examples]
    head = network.label_head
    transitions = network.head_arrays().get("transitions")
    for start in range(0, len(order), _BATCH_TEXTS):
        rows = order[start : start + _BATCH_TEXTS]
        with torch.no_grad(), half_precision(device):
            batch = Batch.of([examples[row].text for row in rows], device)
            hidden = network.encoder(batch)
        with torch.no_grad():
            pooled = network.pooled(batch, hidden)
            labelled = head(pooled) if head is not None else pooled[:, :0]
            emissions = network.emissions(batch, hidden).cpu().numpy() if network.chain else None
        for place, row in enumerate(rows):
            vectors[row], logits[row] = pooled[place].cpu().numpy(), labelled[place].cpu().numpy()
            if emissions is not None and transitions is not None:
                units = len(examples[row].text.units)
                tags[row] = likeliest_path(emissions[place, :units], transitions)
    return Readings(normalise(np.stack(vectors)), np.stack(logits), tags)


def score(found: Readings, examples: Sequence[Lettered], tags: TagSet) -> float:
    """Return the accuracy of the labels, the F1 of the spans, or the mean of both; in [0, 1]."""
    scores = []
    labels = np.array([example.label for example in examples])
    if found.logits.shape[1] and (labels != NO_TARGET).any():
        right = found.logits.argmax(axis=1) == labels
        scores.append(float(right[labels != NO_TARGET].mean()))
    if tags.names:
        scores.append(_f1(found.tags, examples, tags))
    return float(np.mean(scores)) if scores else 0.0


def _f1(found: Sequence[Sequence[int]], examples: Sequence[Lettered], tags: TagSet) -> float:
    right = told = wanted = 0
    for path, example in zip(found, examples, strict=True):
        units: Sequence[Unit] = example.text.units
        expected = set(tags.spans(units, example.tags))
        predicted = set(tags.spans(units, path))
        right += len(expected & predicted)
        told += len(predicted)
        wanted += len(expected)
    return 2 * right / max(1, told + wanted)

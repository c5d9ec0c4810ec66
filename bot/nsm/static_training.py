"""Teaches a vector per piece and a linear head by the answers of a larger model; needs torch."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.errors import TrainingError
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import Sample
from bot.ngc.tasks.splits import hold_back
from bot.ngc.tasks.steps import within
from bot.ngc.transformer.calibration import Calibration, calibrate
from bot.ngc.transformer.model import TransformerModel
from bot.nsm.distil import asked, shares_of, transfer_set
from bot.nsm.static import StaticModel, reader
from knowledge.embedder import FloatArray

DIRECTIONS: Final = 256
EPOCHS: Final = 30
PATIENCE: Final = 4
"""Epochs without a better held-back loss after which training ends."""
HELD_BACK: Final = 0.1
_BATCH_TEXTS: Final = 64
_PIECES_AT_ONCE: Final = 64
_VECTOR_RATE: Final = 2e-3
_HEAD_RATE: Final = 1e-2
_SCALE: Final = 10.0
"""What the unit vectors are multiplied with before the head, so that logits may be large."""


def make_static(teacher: TransformerModel, lesson: Lesson, progress: Progress) -> StaticModel:
    """Return a model of static vectors that answers as `teacher` does.

    Raises:
        TrainingError: the teacher tells no labels apart.
    """
    labels = teacher.facts.labels
    if len(labels) < 2 or teacher.facts.task == "relations":
        raise TrainingError("static vectors only learn labels of whole texts; use --target distil")
    samples = transfer_set(lesson.train, seed=lesson.seed)
    answers = shares_of(labels, samples, asked(teacher, samples, within(progress, 0.0, 0.1)))
    kept, back = hold_back(samples, HELD_BACK, lesson.seed)
    torch.manual_seed(lesson.seed)
    network = _Network(first_vectors(teacher, within(progress, 0.1, 0.5)), len(labels))
    pieces = reader(teacher.tokenizer)
    known, held = (_Rows.of(part, answers, pieces) for part in (kept, back or kept))
    _teach(network, known, held, within(progress, 0.5, 0.98))
    calibration = _calibration(network, held)
    weight, bias = network.head.weight.T.detach().numpy(), network.head.bias.detach().numpy()
    vectors = network.vectors.weight.detach().numpy().astype(np.float16)
    scaled = np.ascontiguousarray(weight * (_SCALE / calibration.temperature), dtype=np.float32)
    progress("taught", 1.0)
    shifted = (bias / calibration.temperature).astype(np.float32)
    return StaticModel.of(labels, vectors, scaled, shifted, teacher.tokenizer)


def first_vectors(teacher: TransformerModel, progress: Progress) -> FloatArray:
    """Return what the teacher's encoder says about each piece alone, weighted by rarity.

    Shapes:
        float32 [pieces, DIRECTIONS].
    """
    first, last = (teacher.pieces.encode(Sample(text="")).ids[place] for place in (0, -1))
    count = len(teacher.weights.words)
    found = np.zeros((count, teacher.weights.words.shape[1]), dtype=np.float32)
    for start in range(0, count, _PIECES_AT_ONCE):
        progress("reading each piece of a word", start / count)
        ids = range(start, min(count, start + _PIECES_AT_ONCE))
        hidden, _ = teacher.session.hidden([(first, one, last) for one in ids])
        found[list(ids)] = hidden[:, 1]
    found -= found.mean(axis=0)
    _, directions = np.linalg.eigh(found.T @ found)
    projected = found @ directions[:, ::-1][:, :DIRECTIONS]
    projected /= np.linalg.norm(projected, axis=1, keepdims=True) + 1e-6
    # Vocabularies are sorted by frequency, about as Zipf's law says.
    return np.ascontiguousarray(projected * np.log(np.arange(count) + 2.0)[:, None], np.float32)


class _Network(nn.Module):
    """The mean of a text's vectors at a fixed length, and a linear head."""

    def __init__(self, vectors: FloatArray, labels: int) -> None:
        super().__init__()
        self.vectors = nn.EmbeddingBag.from_pretrained(
            torch.from_numpy(vectors), freeze=False, mode="mean"
        )
        self.head = nn.Linear(vectors.shape[1], labels)

    def forward(self, ids: Tensor, starts: Tensor) -> Tensor:
        """Return float32 [texts, labels]."""
        return self.head(functional.normalize(self.vectors(ids, starts), dim=1) * _SCALE)


class _Rows:
    """Texts as pieces, with the teacher's probabilities."""

    def __init__(self, ids: list[list[int]], shares: Tensor) -> None:
        self.ids, self.shares = ids, shares

    @classmethod
    def of(
        cls, samples: Sequence[Sample], answers: dict[str, tuple[float, ...]], pieces: Any
    ) -> _Rows:
        texts = [sample.text for sample in samples]
        encoded = pieces.encode_batch(texts, add_special_tokens=False)
        used = [
            (one.ids, answers[text]) for one, text in zip(encoded, texts, strict=True) if one.ids
        ]
        return cls([ids for ids, _ in used], torch.tensor([shares for _, shares in used]))

    def batch(self, rows: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the pieces of `rows` in one line, where each text starts, and the shares."""
        lengths = [len(self.ids[row]) for row in rows]
        flat = torch.tensor([one for row in rows for one in self.ids[row]])
        starts = torch.tensor([0, *lengths[:-1]]).cumsum(0)
        return flat, starts, self.shares[list(rows)]


def _teach(network: _Network, train: _Rows, back: _Rows, progress: Progress) -> None:
    """Teach `network` in place until the held-back loss no longer falls."""
    groups = [
        {"params": network.vectors.parameters(), "lr": _VECTOR_RATE},
        {"params": network.head.parameters(), "lr": _HEAD_RATE},
    ]
    optimizer = torch.optim.Adam(groups)
    best, best_state, waited = np.inf, copy.deepcopy(network.state_dict()), 0
    for epoch in range(1, EPOCHS + 1):
        order = torch.randperm(len(train.ids)).tolist()
        for start in range(0, len(order), _BATCH_TEXTS):
            ids, starts, shares = train.batch(order[start : start + _BATCH_TEXTS])
            optimizer.zero_grad()
            functional.cross_entropy(network(ids, starts), shares).backward()
            optimizer.step()
        loss = float(functional.cross_entropy(_logits(network, back), back.shares))
        progress(f"epoch {epoch}, held-back loss {loss:.3f}", epoch / EPOCHS)
        waited += 1
        if loss < best:
            best, best_state, waited = loss, copy.deepcopy(network.state_dict()), 0
        if waited >= PATIENCE:
            break
    network.load_state_dict(best_state)


@torch.no_grad()
def _logits(network: _Network, rows: _Rows) -> Tensor:
    ids, starts, _ = rows.batch(range(len(rows.ids)))
    return network(ids, starts)


def _calibration(network: _Network, back: _Rows) -> Calibration:
    labels = back.shares.argmax(dim=1).numpy()
    return calibrate(_logits(network, back).numpy(), None, labels)

"""Fine-tuning: batches, epochs, early stopping, and going on after an interruption."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError  # what torch raises; nothing is unpickled
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.errors import TrainingError
from bot.ngc.transformer.network import NO_TARGET, Batch, Network
from bot.ngc.transformer.pieces import Encoded
from bot.ngc.transformer.recipe import Recipe

BUCKET_BATCHES: Final = 20
"""Texts of so many batches are sorted by length before they are cut into batches."""
Score = Callable[[], float]
"""Tells how good the network is on texts held back; higher is better."""
Report = Callable[[int, float | None], None]
"""Receives the number of epochs done, and the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettered:
    """A text with what is to be learnt of it, as numbers."""

    text: Encoded
    label: int = NO_TARGET
    is_outside: bool = False
    """Belongs to none of the labels: all of them should be equally unlikely."""
    tags: tuple[int, ...] = ()


def choose_device() -> torch.device:
    """Return the GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_precision(device: torch.device) -> Any:
    """Return a context in which products are computed in bfloat16, where that is faster."""
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    if device.type == "cuda" or supported():
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def fine_tune(
    network: Network,
    examples: Sequence[Lettered],
    recipe: Recipe,
    *,
    seed: int,
    score: Score | None,
    report: Report,
    checkpoint: Path | None,
) -> int:
    """Teach `network` in place; return after how many epochs it was best.

    Args:
        network: On its device.
        examples: What to learn.
        recipe: The settings.
        seed: Of the order of the examples and of dropout.
        score: Early stopping keeps the best epoch; None keeps the last.
        report: Called after each epoch.
        checkpoint: A file that holds all there is to go on with after each epoch.

    Raises:
        TrainingError: `checkpoint` is damaged.
    """
    steps = recipe.epochs * -(-len(examples) // recipe.batch_texts)
    run = _Run(network, recipe, steps)
    if checkpoint is not None and checkpoint.exists():
        run.load(checkpoint)
    while run.epoch < recipe.epochs and run.epoch - run.best_epoch <= recipe.patience:
        # Each epoch has a seed of its own, so that one after an interruption is the same.
        torch.manual_seed(seed * 1_000 + run.epoch)
        network.train()
        for batch in _batches(examples, recipe.batch_texts, random.Random(f"{seed} {run.epoch}")):  # noqa: S311 - a repeatable order, not a secret
            run.step(batch)
        run.epoch += 1
        network.eval()
        run.judge(score() if score else None)
        if checkpoint is not None:
            run.save(checkpoint)
        report(run.epoch, run.last_score)
    network.load_state_dict(run.best_state)
    network.eval()
    return run.best_epoch


def _batches(
    examples: Sequence[Lettered], size: int, chance: random.Random
) -> Iterator[list[Lettered]]:
    """Yield all examples once, texts of like length together, in an order left to `chance`."""
    shuffled = list(examples)
    chance.shuffle(shuffled)
    batches = []
    for start in range(0, len(shuffled), size * BUCKET_BATCHES):
        bucket = shuffled[start : start + size * BUCKET_BATCHES]
        bucket.sort(key=lambda example: len(example.text.ids))
        batches += [bucket[first : first + size] for first in range(0, len(bucket), size)]
    chance.shuffle(batches)
    yield from batches


class _Run:
    """A training in progress."""

    def __init__(self, network: Network, recipe: Recipe, steps: int) -> None:
        self._network, self._recipe = network, recipe
        self._device = network.encoder.positions.device
        self._optimizer = torch.optim.AdamW(
            _groups(network, recipe), weight_decay=recipe.weight_decay, fused=True
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: _rate(step, steps, recipe.warm_up)
        )
        self.epoch = self.best_epoch = 0
        self.best_score = self.last_score = None
        self.best_state = copy.deepcopy(network.state_dict())

    def step(self, examples: Sequence[Lettered]) -> None:
        batch = Batch.of([example.text for example in examples], self._device)
        with half_precision(self._device):
            hidden = self._network.encoder(batch)
        loss = _loss(self._network, batch, hidden, examples, self._recipe.smoothing)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), self._recipe.gradient_norm)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()

    def judge(self, score: float | None) -> None:
        """Keep the network as it is if it is better than before, or if nobody can tell."""
        self.last_score = score
        if score is None or self.best_score is None or score >= self.best_score:
            self.best_epoch, self.best_score = self.epoch, score
            self.best_state = copy.deepcopy(self._network.state_dict())

    def save(self, file: Path) -> None:
        state = {
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "best_state": self.best_state,
            "epochs": (self.epoch, self.best_epoch),
            "best_score": self.best_score,
        }
        draft = file.with_suffix(".draft")
        torch.save(state, draft)
        draft.replace(file)

    def load(self, file: Path) -> None:
        try:
            state = torch.load(file, map_location=self._device, weights_only=True)
        except (RuntimeError, UnpicklingError, EOFError) as error:
            raise TrainingError(f"{file} is damaged; delete it to begin anew") from error
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self.best_state, self.best_score = state["best_state"], state["best_score"]
        self.epoch, self.best_epoch = state["epochs"]


def _loss(
    network: Network,
    batch: Batch,
    hidden: Tensor,
    examples: Sequence[Lettered],
    smoothing: float,
) -> Tensor:
    loss = hidden.new_zeros((), dtype=torch.float32)
    if network.label_head is not None:
        logits = network.label_logits(batch, hidden)
        labels = torch.tensor([example.label for example in examples], device=hidden.device)
        outside = torch.tensor([example.is_outside for example in examples], device=hidden.device)
        if (labels != NO_TARGET).any():
            loss = loss + functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        if outside.any():
            # Cross-entropy with all labels alike (https://arxiv.org/abs/1812.04606).
            loss = loss - logits[outside].log_softmax(1).mean(1).sum() / len(examples)
    if network.chain is not None and batch.has_unit.any():
        rows = batch.has_unit.any(1)  # a text of blanks has no units
        tags = torch.zeros_like(batch.firsts)
        for row, example in enumerate(examples):
            tags[row, : len(example.tags)] = torch.tensor(example.tags)
        emissions = network.emissions(batch, hidden)
        loss = loss + network.chain.loss(emissions[rows], tags[rows], batch.has_unit[rows])
    return loss


def _groups(network: Network, recipe: Recipe) -> list[dict[str, Any]]:
    """Return all parameters with their peak learning rates; lower layers learn more slowly."""
    encoder = network.encoder
    rate, decay, count = recipe.encoder_rate, recipe.layer_decay, len(encoder.layers)
    groups = [
        {"params": list(layer.parameters()), "lr": rate * decay ** (count - 1 - number)}
        for number, layer in enumerate(encoder.layers)
    ]
    embeddings = [encoder.positions, *encoder.norm.parameters()]
    groups.append({"params": embeddings, "lr": rate * decay**count})
    heads = [head for head in (network.label_head, network.tag_head) if head is not None]
    untrained = [encoder.spellings, *(one for head in heads for one in head.parameters())]
    groups.append({"params": untrained, "lr": recipe.head_rate})
    if network.chain is not None:
        groups.append({"params": list(network.chain.parameters()), "lr": recipe.chain_rate})
    return groups


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Return the share of the peak rates: up to 1 along a line, then down to 0."""
    rising = max(1.0, warm_up * steps)
    if step < rising:
        return (step + 1) / (rising + 1)
    return max(0.0, (steps - step) / max(1.0, steps - rising))

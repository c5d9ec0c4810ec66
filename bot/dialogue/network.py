"""The transformer over dialogue states, and its training. The only module here that needs torch.

Each state becomes a vector; causal attention over the last states gives one vector per step, whose
inner products with a vector per action (and per intent) say how well that action (intent) follows.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.dialogue.distance import distances_of
from bot.dialogue.lessons import NOTHING, Episode, Lessons
from bot.dialogue.options import NetworkOptions

Weights = dict[str, Any]
"""Name → float32 numpy array."""
Report = Callable[[float], None]
SURE_ENOUGH: Final = 0.9
"""Training ends when all that can be predicted is, with this confidence on average. Ending at 98.5
percent would halve the time but lose two of a hundred held-out steps of the public projects."""
LEAST_EPOCHS: Final = 10
STALE_EPOCHS: Final = 15
"""Training also ends when the loss did not fall for so many epochs."""
_RECALLED: Final = 1024
"""Steps that are looked at together when nothing is learned."""
_FAR: Final = -1e9
_DECAY: Final = 0.9
_SQUARE_DECAY: Final = 0.999


@dataclass(frozen=True, slots=True)
class _Batch:
    """Sequences of similar length, padded at the end."""

    rows: Tensor
    actions: Tensor
    contexts: Tensor


class Network(nn.Module):
    """States → similarity to every action, and to every intent that users may say next."""

    def __init__(self, lessons: Lessons, options: NetworkOptions) -> None:
        """Build the layers at random."""
        super().__init__()
        self.options = options
        self.window = lessons.window
        width = options.width
        self.enter = nn.Linear(lessons.vocabulary.width, width)
        self.layers = nn.ModuleList(_Layer(options) for _ in range(options.layers))
        self.norm = nn.LayerNorm(width)
        self.action_query = nn.Linear(width, options.embedding)
        self.intent_query = nn.Linear(width, options.embedding)
        scale = 1 / math.sqrt(options.embedding)
        actions, intents = len(lessons.action_names), len(lessons.intent_names)
        self.actions = nn.Parameter(torch.randn(actions, options.embedding) * scale)
        self.intents = nn.Parameter(torch.randn(intents, options.embedding) * scale)

    def forward(self, states: Tensor, rows: Tensor) -> Tensor:
        """Return one vector per step; [batch, steps, width]."""
        steps = rows.shape[1]
        distances = torch.from_numpy(distances_of(steps, self.window, self.options.max_distance))
        hidden = self.enter(states)[rows]
        for layer in self.layers:
            hidden = layer(hidden, distances)
        return self.norm(hidden)


class _Layer(nn.Module):
    """Attention by relative distance, then a feed-forward part; each adds to its input."""

    def __init__(self, options: NetworkOptions) -> None:
        super().__init__()
        width = options.width
        self.heads = options.heads
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.distance = nn.Parameter(torch.zeros(options.heads, options.max_distance + 1))
        self.out = nn.Linear(width, width)
        self.norm_forward = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(options.drop_rate)

    def forward(self, hidden: Tensor, distances: Tensor) -> Tensor:
        batch, steps, width = hidden.shape
        parts = self.qkv(self.norm_attention(hidden)).view(batch, steps, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        far = torch.full((self.heads, 1), _FAR)
        bias = torch.cat([self.distance, far], dim=1)[:, distances]
        scores = query @ key.transpose(-1, -2) / math.sqrt(width // self.heads) + bias
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, steps, width)
        hidden = hidden + self.dropout(self.out(mixed))
        wide = functional.relu(self.widen(self.norm_forward(hidden)))
        return hidden + self.dropout(self.narrow(wide))


def train_network(lessons: Lessons, options: NetworkOptions, report: Report) -> Weights:
    """Return the trained weights; the same seed gives the same weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        torch.manual_seed(options.seed)
        network = Network(lessons, options)
        _fit(network, lessons, report)
    finally:
        torch.set_num_threads(threads)
    return {name: value.detach().numpy() for name, value in network.state_dict().items()}


def _fit(network: Network, lessons: Lessons, report: Report) -> None:
    options = network.options
    adam = _Adam(list(network.parameters()), options.learning_rate)
    states, intents = torch.from_numpy(lessons.states), torch.from_numpy(lessons.intents)
    chance = random.Random(options.seed)  # noqa: S311 - shuffles training data
    best, stale = math.inf, 0
    for epoch in range(options.epochs):
        losses = _Tally()
        size = _batch_size(options, epoch)
        for batch in _batches(lessons.sequences, size, chance):
            loss = _loss(network, batch, states, intents, losses)
            loss.backward()
            adam.step()
        report((epoch + 1) / options.epochs)
        if (
            epoch + 1 >= LEAST_EPOCHS
            and losses.is_learned(lessons.reachable)
            and _is_remembered(network, lessons, states, intents)
        ):
            return
        stale = 0 if losses.loss < best * 0.99 else stale + 1
        best = min(best, losses.loss)
        if stale >= STALE_EPOCHS:
            return


@torch.no_grad()
def _is_remembered(network: Network, lessons: Lessons, states: Tensor, intents: Tensor) -> bool:
    """Tell whether the weights as they are now predict everything that can be predicted.

    An epoch is counted while the weights still move: its last steps may have unlearned a story
    that is told only once.
    """
    recalled = _Tally()
    network.eval()
    for batch in _batches(lessons.sequences, _RECALLED, random.Random(0)):  # noqa: S311 - order
        _loss(network, batch, states, intents, recalled)
    network.train()
    return recalled.is_learned(lessons.reachable)


class _Adam:
    """Adam (Kingma and Ba, 2015). `torch.optim` imports torch's compiler: a second and 80 MB."""

    def __init__(self, parameters: list[nn.Parameter], rate: float) -> None:
        self._rate = rate
        self._moments = [(p, torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]
        self._steps = 0

    @torch.no_grad()
    def step(self) -> None:
        """Follow the gradients, and forget them."""
        self._steps += 1
        rate = self._rate / (1 - _DECAY**self._steps)
        scale = math.sqrt(1 - _SQUARE_DECAY**self._steps)
        for parameter, mean, square in self._moments:
            if parameter.grad is None:
                continue
            mean.lerp_(parameter.grad, 1 - _DECAY)
            square.mul_(_SQUARE_DECAY).addcmul_(
                parameter.grad, parameter.grad, value=1 - _SQUARE_DECAY
            )
            parameter.addcdiv_(mean, (square.sqrt() / scale).add_(1e-8), value=-rate)
            parameter.grad = None


@dataclass(slots=True)
class _Tally:
    """How an epoch went."""

    loss: float = 0.0
    count: int = 0
    right: float = 0.0
    confidence: float = 0.0

    def is_learned(self, reachable: float) -> bool:
        """Tell whether what can be predicted is, and with confidence."""
        right, sure = self.right / max(self.count, 1), self.confidence / max(self.count, 1)
        return right >= reachable and sure >= SURE_ENOUGH * reachable


def _batch_size(options: NetworkOptions, epoch: int) -> int:
    first, last = options.batch_sizes
    return round(first + (last - first) * epoch / max(options.epochs - 1, 1))


def _batches(sequences: Sequence[Episode], size: int, chance: random.Random) -> Iterator[_Batch]:
    """Yield all sequences in random order of batches that teach about `size` steps each."""
    order = sorted(sequences, key=lambda s: (len(s.rows), chance.random()))
    groups: list[list[Episode]] = [[]]
    taught = 0
    for sequence in order:
        if taught >= size:
            groups.append([])
            taught = 0
        groups[-1].append(sequence)
        taught += int((sequence.actions != NOTHING).sum())
    chance.shuffle(groups)
    for group in groups:
        yield _Batch(
            _padded([s.rows for s in group], 0),
            _padded([s.actions for s in group], NOTHING),
            _padded([s.contexts for s in group], NOTHING),
        )


def _padded(parts: Sequence[Any], filler: int) -> Tensor:
    longest = max(len(part) for part in parts)
    table = np.full((len(parts), longest), filler, np.int64)
    for row, part in zip(table, parts, strict=True):
        row[: len(part)] = part
    return torch.from_numpy(table)


def _loss(
    network: Network, batch: _Batch, states: Tensor, intents: Tensor, tally: _Tally
) -> Tensor:
    hidden = network(states, batch.rows)
    total = torch.zeros(())
    taught = batch.actions != NOTHING
    if taught.any():
        target = batch.actions[taught]
        similar = network.action_query(hidden[taught]) @ network.actions.T
        total = total + functional.cross_entropy(similar, target)
        if network.options.constrains_similarities:
            wanted = functional.one_hot(target, similar.shape[1]).float()
            total = total + functional.binary_cross_entropy_with_logits(similar, wanted)
        shares = similar.detach().softmax(-1)
        tally.count += len(target)
        tally.right += int((shares.argmax(-1) == target).sum())
        tally.confidence += float(shares.gather(1, target[:, None]).sum())
    asked = batch.contexts != NOTHING
    if asked.any():
        similar = network.intent_query(hidden[asked]) @ network.intents.T
        wanted = intents[batch.contexts[asked]]
        total = total + functional.binary_cross_entropy_with_logits(similar, wanted)
    tally.loss += total.item()
    return total

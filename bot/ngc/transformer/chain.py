"""A linear-chain conditional random field in torch (Lafferty et al. 2001)."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from bot.ngc.transformer.units import TagSet

NEVER: Final = -1e4
"""Score of a tag that must not follow."""
SMALLEST: Final = 1e-35
"""Below it float32 has no logarithm."""


class Chain(nn.Module):
    """Scores of neighbouring tags; `transitions` are as `viterbi.likeliest_path` wants them."""

    def __init__(self, tags: TagSet) -> None:
        """Start with transitions that are all alike, but for those that BIO forbids."""
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(len(tags) + 1, len(tags)))
        forbidden = torch.from_numpy(tags.forbidden())
        self.register_buffer("forbidden", forbidden, persistent=False)

    def transitions(self) -> Tensor:
        """Return float32 [tags + 1, tags]; the last row is for the first unit."""
        return self.weights.masked_fill(self.get_buffer("forbidden"), NEVER)

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Return the negative log-likelihood of `tags`, as a mean over all units.

        Shapes:
            emissions: float32 [texts, units, tags]; tags: int64 [texts, units]; mask: bool
            [texts, units], true for units. Every text has at least one.
        """
        transitions = self.transitions()
        surplus = _all_paths(emissions, transitions, mask) - _path(
            emissions, transitions, tags, mask
        )
        return surplus.sum() / mask.sum()


def _path(emissions: Tensor, transitions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
    """Return the score of the path `tags` of each text; float32 [texts]."""
    emitted = emissions.gather(2, tags[..., None])[..., 0]  # [texts, units]
    moved = transitions[tags[:, :-1], tags[:, 1:]]  # [texts, units - 1]
    return (emitted * mask).sum(1) + (moved * mask[:, 1:]).sum(1) + transitions[-1][tags[:, 0]]


def _all_paths(emissions: Tensor, transitions: Tensor, mask: Tensor) -> Tensor:
    """Return the log of the summed exponentials of all paths of each text (forward algorithm).

    Sums over the tags before are matrix products of exponentials: much faster than `logsumexp`
    over [texts, tags, tags]. What is e^80 times less likely than the best counts as no less.
    """
    moves = transitions[:-1].exp()
    scores = transitions[-1] + emissions[:, 0]  # [texts, tags]
    for unit in range(1, emissions.shape[1]):
        largest = scores.detach().amax(1, keepdim=True)
        reached = ((scores - largest).exp() @ moves).clamp_min(SMALLEST).log() + largest
        scores = torch.where(mask[:, unit, None], reached + emissions[:, unit], scores)
    return scores.logsumexp(1)

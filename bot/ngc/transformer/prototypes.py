"""A head that compares texts with one prototype per label, in torch.

It begins as a nearest-centroid classifier in the pretrained space, so that fine-tuning starts from
what the encoder knows rather than from chance: with 10 examples for each of 77 labels that is
worth 4 points over a linear layer (Banking77, held-back texts).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from knowledge.embedder import FloatArray

SCALE: Final = 20.0
"""What cosines are multiplied with at the start, as logits."""


class PrototypeHead(nn.Module):
    """Logits: the cosine of a text with each label's prototype, times a scale, plus a bias."""

    def __init__(self, dim: int, labels: int) -> None:
        """Make a head for `labels` labels; its prototypes come with `start`."""
        super().__init__()
        self.prototypes = nn.Parameter(torch.randn(labels, dim))
        self.bias = nn.Parameter(torch.zeros(labels))
        self.log_scale = nn.Parameter(torch.tensor(SCALE).log())

    @torch.no_grad()
    def start(self, vectors: Tensor, labels: Tensor) -> None:
        """Take the mean of each label's texts as its prototype.

        Shapes:
            vectors: float32 [texts, dim]; labels: int64 [texts].
        """
        sums = torch.zeros_like(self.prototypes)
        sums.index_add_(0, labels, functional.normalize(vectors, dim=1))
        self.prototypes.copy_(functional.normalize(sums, dim=1))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return float32 [texts, labels]; `vectors` is float32 [texts, dim]."""
        return functional.normalize(vectors, dim=1) @ self._directions().T + self.bias

    def arrays(self) -> dict[str, FloatArray]:
        """Return `weight` [dim, labels] for vectors of unit length, and `bias` [labels]."""
        weight = self._directions().T
        return {
            "weight": weight.detach().float().cpu().numpy(),
            "bias": self.bias.detach().float().cpu().numpy(),
        }

    def _directions(self) -> Tensor:
        return functional.normalize(self.prototypes, dim=1) * self.log_scale.exp()

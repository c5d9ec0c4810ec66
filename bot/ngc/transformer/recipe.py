"""How a transformer is fine-tuned; chosen by held-back parts of public sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SEEN_TEXTS: Final = 40_000
"""About how many texts pass by in a training; small sets need more epochs than large ones."""
SEEN_TEXTS_ROUNDED: Final = 55_000
"""The same for an encoder whose weights were rounded, which has further to go: on CLUENER the third
of three epochs still brought 2 points."""
MIN_EPOCHS: Final = 1
MAX_EPOCHS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The settings of a training."""

    epochs: int
    batch_texts: int = 32
    encoder_rate: float = 1e-4
    """Peak learning rate of the encoder's last layer."""
    layer_decay: float = 0.9
    """What the rate is multiplied with from each layer to the one below."""
    head_rate: float = 1e-3
    """Peak learning rate of what starts untrained."""
    chain_rate: float = 1e-2
    """Peak learning rate of what tells which tags follow each other."""
    warm_up: float = 0.1
    """Share of the steps in which the rates rise; then they fall to zero along a line."""
    weight_decay: float = 0.01
    dropout: float = 0.1
    smoothing: float = 0.0
    """Share of the target that is spread over all labels."""
    gradient_norm: float = 1.0
    """Longer gradients are cut to it."""
    patience: int = 5
    """Epochs without a better score after which training ends; rates fall, so late ones gain."""


def recipe_for(texts: int, *, is_rounded: bool = False) -> Recipe:
    """Return the recipe for a training set of `texts` texts and an encoder, rounded or not."""
    seen = SEEN_TEXTS_ROUNDED if is_rounded else SEEN_TEXTS
    return Recipe(epochs=min(MAX_EPOCHS, max(MIN_EPOCHS, round(seen / max(1, texts)))))

"""A fine-tuned transformer without the light classifier that may answer beside it.

That partner computes with two more encoders, which take more memory than the network itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from bot.ngc.tasks.sample import Sample
from bot.ngc.transformer.calibration import Calibration
from bot.ngc.transformer.model import TransformerModel

MOST_TEXTS: Final = 500
"""Texts by which confidences are made alike."""
_FACTORS: Final = np.geomspace(0.3, 3.0, 25)


def alone(model: TransformerModel, samples: Sequence[Sample]) -> TransformerModel:
    """Return `model` without its partner; it is about as sure as both were of `samples`."""
    if model.partner is None:
        return model
    chosen = samples[:: max(1, len(samples) // MOST_TEXTS)][:MOST_TEXTS]
    wanted = _mean_confidence(model, chosen)
    tried = [_without(model, float(factor)) for factor in _FACTORS]
    return min(tried, key=lambda one: abs(_mean_confidence(one, chosen) - wanted))


def _without(model: TransformerModel, factor: float) -> TransformerModel:
    temperature = model.facts.calibration.temperature * factor
    facts = replace(model.facts, calibration=Calibration(temperature=temperature))
    return replace(model, facts=facts, partner=None)


def _mean_confidence(model: TransformerModel, samples: Sequence[Sample]) -> float:
    return float(np.mean([found.confidence for found in model.predict(samples)] or [0.0]))

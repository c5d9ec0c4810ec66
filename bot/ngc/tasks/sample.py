"""What a task is taught and measured with: a text, and what people said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OUT_OF_SCOPE: Final = "oos"
"""Label of texts that belong to no other label."""
NO_RELATION: Final = "none"
"""Label of two entities that our own files list without a relation."""


@dataclass(frozen=True, slots=True)
class Span:
    """A named part of a text; `start` and `end` (exclusive) count code points."""

    start: int
    end: int
    name: str
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A text with its labels; which of them are set depends on the task."""

    text: str
    label: str = ""
    """Intent, sentiment or relation; empty where nobody said."""
    spans: tuple[Span, ...] = ()
    """The entities in the order of the text. Of a relation just two: its head, then its tail."""
    split: str = ""
    """What the file says that this text is for: `train`, `valid`, `test`; empty without."""
    line: int = 0
    """Where it stands in its file, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a model says about a sample."""

    label: str = ""
    """The likeliest label, `OUT_OF_SCOPE` below the model's threshold; empty for entities alone."""
    confidence: float = 0.0
    """Calibrated probability, in [0, 1], that the likeliest label is right."""
    ranking: tuple[tuple[str, float], ...] = ()
    """All labels with their probabilities, the likeliest first; never `OUT_OF_SCOPE`."""
    spans: tuple[Span, ...] = ()
    """The entities found, in the order of the text, without overlaps."""

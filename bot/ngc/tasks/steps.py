"""The progress of a part as a share of the whole."""

from __future__ import annotations

from bot.ngc.tasks.model import Progress


def within(progress: Progress, low: float, high: float) -> Progress:
    """Return a progress of a part that takes the whole from `low` to `high`."""
    return lambda text, share: progress(text, low + (high - low) * share)

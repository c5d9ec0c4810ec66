"""The card of a model: what it learnt from, how well it does, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import __version__


def card(facts: Mapping[str, Any]) -> str:
    """Return the card as Markdown.

    Args:
        facts: What `frontdesk ngc train` knows: `task`, `preset`, `kind`, `data`, `licence`,
            `texts`, `labels`, `languages`, `seed`, `train_seconds`, `threshold`, `encoder`,
            `model_bytes`, `p50_ms`, `p99_ms` and `scores`, the measures of an evaluation, which
            may be empty; `made_by` of a model made from another one.
    """
    made = (
        f"Trained by Frontdesk {__version__} as `{facts['kind']}`, seed {facts['seed']}, "
        f"in {facts['train_seconds']:.1f} s."
    )
    if "made_by" in facts:
        made += f" Then made smaller: `{facts['made_by']}`."
    lines = [
        f"# {facts['task']} model ({facts['preset']})",
        "",
        made,
        "",
        "| | |",
        "| --- | --- |",
        f"| Data | {facts['data']} ({facts['texts']} texts, {facts['labels']} labels) |",
        f"| Licence of the data | {facts['licence'] or 'not stated'} |",
        f"| Languages | {', '.join(facts['languages'])} |",
        f"| Encoder | {facts['encoder']} |",
        f"| Size | {facts['model_bytes'] / 1e6:.1f} MB beside the encoders |",
        f"| Time per text | p50 {facts['p50_ms']:.1f} ms, p99 {facts['p99_ms']:.1f} ms, 1 thread |",
        f"| Threshold | {facts['threshold']:.3f} |",
    ]
    lines += _score_lines(facts.get("scores") or {})
    lines += [
        "",
        "## Limits",
        "",
        "Confidences and the threshold suit texts like those of the data; measure again with",
        "`frontdesk ngc eval` before the model reads anything else.",
        "",
    ]
    return "\n".join(lines)


def _score_lines(scores: Mapping[str, Any]) -> list[str]:
    if not scores:
        return []
    rows = [f"| {name} | {shown(one)} |" for name, one in scores.items() if is_shown(one)]
    head = ["", f"## Scores on {scores['measured_on']}", "", "| measure | value |", "| --- | --- |"]
    return head + rows


def is_shown(value: Any) -> bool:
    """Tell whether a value fits a cell."""
    return isinstance(value, str | int | float | list | tuple)


def shown(value: Any) -> str:
    """Return a value of a report as people read it."""
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) <= 1 else f"{value:.2f}"
    if isinstance(value, list | tuple):
        return " to ".join(shown(one) for one in value)
    return str(value)

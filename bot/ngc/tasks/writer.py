"""Writes labelled texts as the reader reads them: CSV or JSON lines, by the file's name."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.errors import BotError
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.sample import Sample
from bot.ngc.tasks.wire import span_json

_LABELS: dict[TaskName, str] = {
    "intent": "intent", "slots": "intent", "ner": "label", "sentiment": "label",
    "relations": "relation",
}  # fmt: skip


def write_samples(path: Path, task: TaskName, samples: Sequence[Sample]) -> None:
    """Write `samples` to `path`.

    Raises:
        BotError: the suffix is neither .csv nor .jsonl, or a table cannot hold the task's spans.
    """
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        lines = [json.dumps(_row(sample, task), ensure_ascii=False) for sample in samples]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return
    if suffix != ".csv":
        raise BotError(f"{path}: name a file that ends in .csv or .jsonl")
    if task not in ("intent", "sentiment"):
        raise BotError(f"{path}: a table holds no entities; name a file that ends in .jsonl")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", _LABELS[task], "split"])
        rows.writerows([sample.text, sample.label, sample.split] for sample in samples)


def _row(sample: Sample, task: TaskName) -> dict[str, Any]:
    told: dict[str, Any] = {"text": sample.text}
    if sample.label:
        told[_LABELS[task]] = sample.label
    if task == "relations":
        told = {"text_marked": _marked(sample), "relation": sample.label}
    elif task in ("slots", "ner"):
        told["entities"] = [span_json(sample.text, span) for span in sample.spans]
    return told | ({"split": sample.split} if sample.split else {})


def _marked(sample: Sample) -> str:
    """Return the text with `<e1>..</e1>` around the head and `<e2>..</e2>` around the tail."""
    text = sample.text
    pair = zip((1, 2), sample.spans, strict=False)
    for number, span in sorted(pair, key=lambda one: -one[1].start):
        part = text[span.start : span.end]
        text = f"{text[: span.start]}<e{number}>{part}</e{number}>{text[span.end :]}"
    return text

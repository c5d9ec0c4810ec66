"""Reads labelled texts: CSV, JSON lines, or the examples of a bot's project.

A file may be UTF-8 with or without a byte order mark. Columns that nobody asked for are passed
over. All mistakes of a file are told at once, each with its line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.errors import BotError, ConfigError, ConfigErrors
from bot.formats.nlu_files import read_examples
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.records import TEXT_KEYS, Mistake, samples_of
from bot.ngc.tasks.sample import Sample, Span
from bot.project import Example

MAX_TOLD = 20
"""Mistakes that are told of one file; a file of another kind has one per line."""
_JSON_LINES = {".jsonl", ".ndjson", ".json"}
_TABLES = {".csv": ",", ".tsv": "\t"}
_YAML = {".yml", ".yaml"}


def read_samples(path: Path, task: TaskName) -> tuple[Sample, ...]:
    """Return the samples of a file, or of a project's folder, in their order.

    Args:
        path: CSV or TSV with a header (`text`, `intent` or `label`, and perhaps `split`), JSON
            lines, a file of examples as in a project (`nlu.yml`), or the project's folder.
        task: Tells which labels matter.

    Raises:
        BotError: the file does not exist, is of an unknown kind or holds nothing.
        ConfigErrors: all mistakes of the file at once.
    """
    if not path.exists():
        raise BotError(f"{path} does not exist; check the path")
    suffix = path.suffix.lower()
    if path.is_dir() or suffix in _YAML:
        samples = tuple(map(_of_example, _examples(path)))
    elif suffix in _TABLES or suffix in _JSON_LINES:
        samples = _read_rows(path, task)
    else:
        known = ", ".join(sorted({*_TABLES, *_JSON_LINES, *_YAML}))
        raise BotError(f"{path}: unknown kind of file `{suffix}`; use one of {known}, or a folder")
    if not samples:
        raise BotError(f"{path} holds no labelled texts; add some")
    return samples


def _read_rows(path: Path, task: TaskName) -> tuple[Sample, ...]:
    text = _decoded(path)
    delimiter = _TABLES.get(path.suffix.lower())
    rows = _json_rows(text) if delimiter is None else _table_rows(text, delimiter)
    samples: list[Sample] = []
    mistakes: list[ConfigError] = []
    for line, row in rows:
        try:
            if isinstance(row, Mistake):
                raise row
            samples += samples_of(row, task, line)
        except Mistake as mistake:
            mistakes.append(
                ConfigError(str(path), line, 1, mistake.problem, hint=mistake.hint),
            )
    if mistakes:
        raise ConfigErrors(_shortened(mistakes))
    return tuple(samples)


def _shortened(mistakes: Sequence[ConfigError]) -> Sequence[ConfigError]:
    if len(mistakes) <= MAX_TOLD:
        return mistakes
    last = mistakes[MAX_TOLD - 1]
    others = len(mistakes) - MAX_TOLD + 1
    rest = ConfigError(last.path, last.line, 1, f"{others} more mistakes from here on")
    return [*mistakes[: MAX_TOLD - 1], rest]


def _decoded(path: Path) -> str:
    contents = path.read_bytes()
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = contents.count(b"\n", 0, error.start) + 1
        raise ConfigErrors(
            [ConfigError(str(path), line, 1, "the text is not UTF-8", hint="save it as UTF-8")]
        ) from error


def _table_rows(text: str, delimiter: str) -> Iterator[tuple[int, dict[str, Any] | Mistake]]:
    """Yield the line on which each row starts, and the row by the names of the header."""
    # A field may hold a whole article, which is more than the module's default allows.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    line = 1
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield line, Mistake(f"the row cannot be read: {error}", "check its quotes")
            return
        if cells is None:
            return
        if not names:
            names = [cell.strip().lower() for cell in cells]
            if not {*TEXT_KEYS, "text_marked"} & set(names):
                told = f"no column for the text; the header names {', '.join(names)}"
                yield line, Mistake(told, "begin with a header such as `text,intent`")
                return
        elif len(cells) > len(names):
            told = f"{len(cells)} cells, but the header names {len(names)}"
            yield line, Mistake(told, "put the text between double quotes")
        elif cells:
            yield line, dict(zip(names, cells, strict=False))
        line = rows.line_num + 1


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | Mistake]]:
    """Yield the number of each line with its object."""
    # Not `splitlines`: a JSON text may hold other separators of lines (U+2028).
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            yield number, Mistake(f"no JSON: {error}", "write one object per line")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield number, Mistake("no JSON object", "write one object per line")


def _examples(path: Path) -> tuple[Example, ...]:
    folder, place = (path, Path()) if path.is_dir() else (path.parent, Path(path.name))
    return read_examples(folder, [place]).examples


def _of_example(example: Example) -> Sample:
    spans = [
        Span(entity.start, entity.end, entity.name, entity.role, entity.group)
        for entity in example.entities
        if entity.start is not None and entity.end is not None
    ]
    return Sample(
        text=example.text,
        label=example.intent or "",
        spans=tuple(sorted(spans, key=lambda span: (span.start, -span.end))),
        line=example.place.line if example.place else 0,
    )

"""Examples of sentiment and relations: `ngc/sentiment.*.jsonl` and `ngc/relations.*.jsonl`.

One JSON object per line, in a folder `ngc` of the training data:

```
{"text": "It broke again!", "sentiment": "negative", "anger": true}
{"text": "My [kettle](product) [leaks](problem)", "relations": [[0, "has_defect", 1]]}
```
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.formats.markup import MarkupError, parse
from bot.project import FeelingExample, Place, RelationExample, Understanding
from bot.yamlsource import Report

_FOLDER = "ngc"
_FEELINGS, _RELATIONS = "sentiment", "relations"


class _Mistake(ValueError):
    """What is wrong with a line, and what to do."""

    def __init__(self, problem: str, hint: str) -> None:
        self.problem, self.hint = problem, hint
        super().__init__(problem)


def line_files(tops: Sequence[Path]) -> Iterator[Path]:
    """Iterate over the files of sentiment and relations below `tops`, in a stable order."""
    for top in tops:
        for kind in (_FEELINGS, _RELATIONS):
            yield from sorted((top / _FOLDER).glob(f"{kind}.*jsonl"))


def with_line_files(
    understanding: Understanding,
    paths: Sequence[Path],
    name: Callable[[Path], str],
    report: Report,
) -> Understanding:
    """Return `understanding` with the examples of `paths`; `report` receives the mistakes.

    Args:
        understanding: What the other files teach.
        paths: As `line_files` finds them.
        name: How messages call a file.
        report: Receives the mistakes.
    """
    feelings: list[FeelingExample] = []
    relations: list[RelationExample] = []
    for path in paths:
        for place, row in _rows(path, name(path), report):
            try:
                if path.name.startswith(_FEELINGS):
                    feelings.append(_feeling(row, place))
                else:
                    relations.append(_relation(row, place))
            except _Mistake as mistake:
                report.error(place, mistake.problem, mistake.hint)
    return dataclasses.replace(understanding, feelings=tuple(feelings), relations=tuple(relations))


def _rows(path: Path, name: str, report: Report) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    # Not `splitlines`: a JSON text may hold other separators of lines (U+2028).
    for number, line in enumerate(path.read_text("utf-8", "replace").split("\n"), start=1):
        if not line.strip():
            continue
        place = Place(path=name, line=number)
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, Mapping):
            yield place, row
        else:
            report.error(place, "the line is no JSON object", "write one object per line")


def _feeling(row: Mapping[str, Any], place: Place) -> FeelingExample:
    sentiment, anger = row.get("sentiment"), row.get("anger", False)
    if not isinstance(sentiment, str) or not sentiment:
        raise _Mistake("`sentiment` is missing", 'write `"sentiment": "negative"`')
    if not isinstance(anger, bool):
        raise _Mistake("`anger` is neither true nor false", "write `true` or `false`")
    return FeelingExample(text=_text(row), sentiment=sentiment, anger=anger, place=place)


def _relation(row: Mapping[str, Any], place: Place) -> RelationExample:
    try:
        marked = parse(_text(row))
    except MarkupError as error:
        raise _Mistake(error.problem, error.hint) from error
    relations = tuple(_ends(item, len(marked.entities)) for item in row.get("relations") or ())
    return RelationExample(
        text=marked.text, entities=marked.entities, relations=relations, place=place
    )


def _ends(item: Any, entities: int) -> tuple[int, str, int]:
    match item:
        case [int(head), str(name), int(tail)] if head != tail and {head, tail} <= {
            *range(entities)
        }:
            return head, name, tail
        case _:
            hint = f'write `[0, "name", 1]`; the text marks {entities} entities, counted from 0'
            raise _Mistake(f"`{json.dumps(item, ensure_ascii=False)}` is no relation", hint)


def _text(row: Mapping[str, Any]) -> str:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _Mistake("`text` is missing", 'write `"text": "..."`')
    return text

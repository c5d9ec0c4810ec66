"""YAML 1.2 with the place of every value. What the values mean is for `bot.formats`.

The grammar is left to libyaml, which is fast; scalars are resolved here, because libyaml's binding
follows YAML 1.1, where `yes` and `on` are booleans.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from yaml._yaml import CParser

from bot.errors import ConfigError
from bot.project import Place

# Python refuses to read longer ones; they are read as floats.
_INT = re.compile(
    r"[-+]?([0-9][0-9_]{,3000}|0b[01][01_]{,3000}|0o[0-7][0-7_]{,3000}"
    r"|0x[0-9a-fA-F][0-9a-fA-F_]{,3000})"
)
_BASES = {"0b": 2, "0o": 8, "0x": 16}
_FLOAT = re.compile(r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_NOT_A_NUMBER = frozenset({".nan", ".NaN", ".NAN"})
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True} | {
    "false": False,
    "False": False,
    "FALSE": False,
}
_SCALAR_START = frozenset("-+.0123456789~ntfNTF")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_REFERENCE = re.compile(r"\$\{[^}]*\}")
_ESCAPE = re.compile(r"(\\+)(u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|U[0-9a-fA-F]{8})")
_PLAIN, _QUOTED = "plain", "quoted"
_STANDARD = "tag:yaml.org,2002:"
_COLLECTIONS = frozenset(
    {_PLAIN, _QUOTED, *(f"{_STANDARD}{kind}" for kind in ("map", "omap", "seq", "set"))}
)
_MERGE = "<<"


@dataclass(slots=True, eq=False)
class Node:
    """A value with its place; `value` is a scalar, a list of nodes or a dict of nodes."""

    value: Any
    line: int
    column: int
    is_plain: bool = False
    """A scalar without quotes."""
    is_block: bool = False
    """A scalar behind `|` or `>`, whose text starts on the next line."""
    has_variable: bool = False
    """A `${NAME}` was filled in."""
    keys: dict[Any, Node] = field(default_factory=dict[Any, "Node"])
    """For mappings: the keys with their places."""

    def plain(self) -> Any:
        """Return the value with plain dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def get(self, key: str) -> Node | None:
        """Return the value under `key`, or None when absent or when this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def key(self, name: Any) -> Node:
        """Return the place of the key `name`, or of the whole mapping."""
        return self.keys.get(name, self)

    def items(self) -> Iterator[tuple[Any, Node]]:
        """Iterate over the entries of a mapping; nothing for other values."""
        return iter(self.value.items() if isinstance(self.value, dict) else ())

    def list(self) -> list[Node]:
        """Return the elements of a sequence; empty for other values."""
        return self.value if isinstance(self.value, list) else []


@dataclass(slots=True)
class Report:
    """Collects the mistakes of many files, so that they can be told at once."""

    errors: list[ConfigError] = field(default_factory=list[ConfigError])
    warnings: list[str] = field(default_factory=list[str])
    is_strict: bool = False
    """Whether what Rasa lets pass with a warning is a mistake here."""

    def lapse(self, place: Place, problem: str, hint: str = "") -> None:
        """Note what Rasa lets pass: a mistake in a strict project, else a warning."""
        (self.error if self.is_strict else self.warn)(place, problem, hint)

    def error(self, place: Place, problem: str, hint: str = "") -> None:
        """Note a mistake that stops the project from loading."""
        self.errors.append(ConfigError(place.path, place.line, place.column, problem, hint=hint))

    def warn(self, place: Place, problem: str, hint: str = "") -> None:
        """Note something that is worth a line to the user."""
        line = str(ConfigError(place.path, place.line, place.column, problem, hint=hint))
        if line not in self.warnings:
            self.warnings.append(line)


@dataclass(frozen=True, eq=False)
class Source:
    """One YAML file: its text, its nodes and where to report mistakes."""

    path: str
    text: str
    root: Node
    report: Report

    def place(self, node: Node) -> Place:
        """Return where `node` was written."""
        return Place(path=self.path, line=node.line, column=node.column)

    def lapse(self, node: Node, problem: str, hint: str = "") -> None:
        """Report at `node` what Rasa lets pass; see `Report.lapse`."""
        self.report.lapse(self.place(node), problem, hint)

    def error(self, node: Node, problem: str, hint: str = "") -> None:
        """Note a mistake at `node`."""
        self.report.error(self.place(node), problem, hint)

    def warn(self, node: Node, problem: str, hint: str = "") -> None:
        """Note a warning at `node`."""
        self.report.warn(self.place(node), problem, hint)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.text.split("\n")

    def place_in(self, node: Node, line_index: int, text: str) -> Place:
        """Return where line `line_index` of the scalar `node`, which reads `text`, was written."""
        line = node.line + line_index + (1 if node.is_block else 0)
        if not node.is_block or line > len(self.lines):
            return Place(path=self.path, line=node.line, column=node.column)
        return Place(path=self.path, line=line, column=self.lines[line - 1].find(text) + 1 or 1)


class _Composer(CParser):
    """libyaml's parser that leaves the resolving of scalars to us."""

    def descend_resolver(self, _parent: Any, _index: Any) -> None:
        """Do nothing; tags do not depend on the path."""

    def ascend_resolver(self) -> None:
        """Do nothing."""

    def resolve(self, _kind: Any, _value: Any, implicit: Any) -> str:
        """Return whether a scalar without a tag was plain or quoted."""
        is_plain = implicit[0] if isinstance(implicit, tuple) else False
        return _PLAIN if is_plain else _QUOTED


def did_you_mean(word: Any, choices: Iterable[str], otherwise: str = "") -> str:
    """Return a hint with the nearest of `choices`, or `otherwise`."""
    names = [str(item) for item in choices]
    # Swapped letters in a short word count as far apart, though they are the likeliest slip.
    swapped = [name for name in names if sorted(name) == sorted(str(word))]
    found = swapped or difflib.get_close_matches(str(word), names, 1, 0.72)
    return f"did you mean `{found[0]}`?" if found else otherwise


def read_bytes(
    data: bytes, path: str, report: Report, *, environment: Mapping[str, str] | None = None
) -> Source | None:
    """Return the nodes of one file, or None after reporting why it cannot be read.

    Args:
        data: The content, which must be UTF-8 (a byte order mark is skipped).
        path: The name of the file in messages.
        report: Receives the mistakes.
        environment: Where `${NAME}` is looked up; the process's environment by default.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8", "replace")
        place = Place(
            path=path, line=good.count("\n") + 1, column=len(good) - (good.rfind("\n") + 1) + 1
        )
        report.error(place, "the file is not UTF-8", "save it with the encoding UTF-8")
        return None
    return read_text(text, path, report, environment=environment)


def read_text(
    text: str, path: str, report: Report, *, environment: Mapping[str, str] | None = None
) -> Source | None:
    """Return the nodes of `text`; see `read_bytes`."""
    text = _decode_escapes(text.replace("\r\n", "\n"))
    try:
        composer = _Composer(text)
        try:
            tree = composer.get_single_node()
        finally:
            composer.dispose()
    except yaml.YAMLError as error:
        _report_syntax(error, text, path, report)
        return None
    except RecursionError:
        report.error(Place(path=path, line=1), "the values are nested too deeply")
        return None
    source = Source(path, text, Node(None, 1, 1, is_plain=True), report)
    if tree is None:
        return source
    lookup = os.environ if environment is None else environment
    reader = _Reader(source, lookup)
    try:
        root = reader.convert(tree)
    except RecursionError:
        report.error(Place(path=path, line=1), "the values are nested too deeply")
        return None
    return None if reader.is_broken else Source(path, text, root, report)


def read_file(path: Path, name: str, report: Report) -> Source | None:
    """Return the nodes of the file at `path`, called `name` in messages; see `read_bytes`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        report.error(
            Place(path=name, line=1), f"cannot be read: {error.strerror or error}", "check the path"
        )
        return None
    return read_bytes(data, name, report)


def scalar(text: str) -> Any:
    """Return the value of the plain scalar `text` in YAML 1.2 as Rasa reads it."""
    if text and text[0] not in _SCALAR_START:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INT.fullmatch(text):
        digits = text.replace("_", "")
        return int(digits, _BASES.get(digits.lstrip("+-")[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    if match := _INFINITY.fullmatch(text):
        return float(f"{match[1]}inf")
    return float("nan") if text in _NOT_A_NUMBER else text


class _Reader:
    """Turns libyaml's nodes into ours, filling variables and reporting duplicates."""

    def __init__(self, source: Source, environment: Mapping[str, str]) -> None:
        self.source = source
        self.environment = environment
        self.is_broken = False
        self._known: dict[int, Node] = {}
        self._open: set[int] = set()

    def convert(self, raw: Any) -> Node:
        """Return `raw` as our node; an aliased node is converted once."""
        if id(raw) in self._known:
            return self._known[id(raw)]
        node = Node(None, raw.start_mark.line + 1, raw.start_mark.column + 1)
        if id(raw) in self._open:
            return self._fail(node, "an alias may not contain itself", "write the value out")
        self._open.add(id(raw))
        kinds: dict[type, Callable[[Any, Node], Node]] = {
            yaml.ScalarNode: self._scalar,
            yaml.SequenceNode: self._sequence,
            yaml.MappingNode: self._mapping,
        }
        node = kinds[type(raw)](raw, node)
        self._open.discard(id(raw))
        self._known[id(raw)] = node
        return node

    def _fail(self, node: Node, problem: str, hint: str) -> Node:
        self.is_broken = True
        self.source.error(node, problem, hint)
        return node

    def _scalar(self, raw: Any, node: Node) -> Node:
        node.is_block = raw.style in ("|", ">")
        node.value = raw.value
        if raw.tag == _PLAIN:
            node.is_plain = True
            node.value = self._filled(raw.value, node) if "${" in raw.value else scalar(raw.value)
        elif raw.tag != _QUOTED:
            self._tagged(raw, node)
        return node

    def _tagged(self, raw: Any, node: Node) -> None:
        kinds = {"null": None, "bool": bool, "int": int, "float": (int, float)}
        name = raw.tag.removeprefix(_STANDARD)
        if name == "str":
            return
        value = scalar(raw.value)
        if name not in kinds:
            self._fail(node, f"unknown tag `{raw.tag}`", "remove it")
        elif name == "null" or not isinstance(value, kinds[name] or ()):
            node.value = None if name == "null" else raw.value
        else:
            node.value = float(value) if name == "float" else value

    def _filled(self, text: str, node: Node) -> str:
        node.has_variable = True
        for match in _REFERENCE.finditer(text):
            if not _VARIABLE.fullmatch(match[0]):
                hint = "write `${NAME}`, or put the text in quotes"
                self._fail(node, f"`{match[0]}` names no environment variable", hint)
        unset = [
            match[1]
            for match in _VARIABLE.finditer(text)
            if match[1] not in self.environment and match[2] is None
        ]
        for name in unset:
            self._fail(
                node,
                f"the environment variable `{name}` is not set",
                "set it, or put the text in quotes to keep it as it is",
            )
        return _VARIABLE.sub(lambda m: self.environment.get(m[1], m[2] or ""), text)

    def _check_tag(self, raw: Any, node: Node) -> None:
        """Refuse a collection with a tag that would make something else of it."""
        if raw.tag not in _COLLECTIONS:
            self._fail(node, f"unknown tag `{raw.tag}`", "remove it")

    def _sequence(self, raw: Any, node: Node) -> Node:
        self._check_tag(raw, node)
        node.value = [self.convert(child) for child in raw.value]
        return node

    def _mapping(self, raw: Any, node: Node) -> Node:
        merged: list[Node] = []
        self._check_tag(raw, node)
        node.value = {}
        for raw_key, raw_value in raw.value:
            key = self.convert(raw_key)
            if key.value == _MERGE and key.is_plain:
                child = self.convert(raw_value)
                merged += self._mappings(child)
                continue
            if isinstance(key.value, dict | list):
                self._fail(key, "a key must be a single value", "write a plain word as the key")
            elif key.value in node.value:
                first = node.keys[key.value]
                self._fail(
                    key,
                    f"the key `{key.value}` appears twice",
                    f"remove one; the first is in line {first.line}",
                )
            else:
                node.value[key.value] = self.convert(raw_value)
                node.keys[key.value] = key
        for other in merged:
            for key_text, child in other.items():
                node.value.setdefault(key_text, child)
                node.keys.setdefault(key_text, other.key(key_text))
        return node

    def _mappings(self, node: Node) -> list[Node]:
        """Return the mappings that a `<<` merges: `node` itself, or its elements."""
        found = node.list() or [node]
        for item in found:
            if not isinstance(item.value, dict):
                self._fail(item, "only a mapping can be merged with `<<`", "write `<<: *a_mapping`")
        return found


def _decode_escapes(text: str) -> str:
    """Return `text` with written-out code points decoded, as Rasa does for files in pure ASCII."""
    if "\\" not in text or not text.isascii():
        return text
    return _ESCAPE.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    """Return the character of an escape; ASCII and invisible ones stay, for they may be syntax."""
    if len(match[1]) % 2 == 0:
        return match[0]
    try:
        units = f"\\{match[2]}".encode().decode("raw_unicode_escape")
        decoded = units.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return match[0]
    if decoded.isprintable() and not decoded.isascii():
        return match[1][:-1] + decoded
    # libyaml knows no surrogates, so an invisible character needs its one long escape.
    return f"{match[1]}U{ord(decoded):08X}" if ord(decoded) > 0xFFFF else match[0]


def _report_syntax(error: yaml.YAMLError, text: str, path: str, report: Report) -> None:
    """Report malformed YAML at the place where the parser stumbled."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        parts = [part for part in (error.context, error.problem) if part]
        problem = f"malformed YAML: {', '.join(parts)}"
        if error.context_mark and error.context_mark.line + 1 != line:
            problem += f" (it starts in line {error.context_mark.line + 1})"
    else:
        before = text[: _offset(error, text)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problem = f"malformed YAML: {getattr(error, 'reason', error)}"
    report.error(Place(path=path, line=line, column=column), problem, _syntax_hint(problem))


def _offset(error: yaml.YAMLError, text: str) -> int:
    """Return the index of the character that cannot be read; libyaml counts UTF-8 bytes."""
    position = int(getattr(error, "position", 0) or 0)
    return len(text.encode("utf-8", "replace")[:position].decode("utf-8", "ignore"))


def _syntax_hint(problem: str) -> str:
    """Return what usually causes `problem`."""
    hints = {
        "tab": "indent with spaces, not with tabs",
        "cannot start any token": "indent with spaces, and quote texts with special characters",
        "mapping values are not allowed": "quote a text that contains `: `",
        "expected <block end>": "check the indentation of this line",
        "could not find expected ':'": "add a `:` after the key, or quote the text",
        "alias": "quote a text that starts with `*` or `&`",
        "found another document": "put each document into its own file",
        "flow": "close the bracket, and quote texts with brackets or commas",
        "quoted scalar": "close the quote",
    }
    found = (hint for part, hint in hints.items() if part in problem)
    return next(found, "check the indentation and the quotes near this place")

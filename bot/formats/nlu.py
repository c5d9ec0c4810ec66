"""Training data of understanding: the `nlu:` list and the `responses:` beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.formats import markup
from bot.project import Example, Place, Understanding
from bot.types import Entity
from bot.yamlsource import Node, Source, did_you_mean

_KINDS = ("intent", "synonym", "regex", "lookup")
_OTHER_KEYS = ("examples", "metadata")
"""The keys beside an intent; the other kinds have `examples` only."""
_EXAMPLE_KEYS = ("text", "metadata")
_GLOBAL_FLAGS = re.compile(r"(?<!\\)\(\?([aiLmsux]+)\)")


@dataclass(slots=True)
class _Draft:
    """The training data read so far, over all files."""

    examples: list[Example] = field(default_factory=list[Example])
    synonyms: dict[str, str] = field(default_factory=dict[str, str])
    regexes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    lookups: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    responses: dict[str, Any] = field(default_factory=dict[str, Any])
    lookup_files: list[Path] = field(default_factory=list[Path])


@dataclass(frozen=True, slots=True, kw_only=True)
class NluFiles:
    """All training data, and the further files that it names."""

    understanding: Understanding
    lookup_files: tuple[Path, ...] = ()


def read_nlu(sources: Sequence[tuple[Source, Path]]) -> NluFiles:
    """Return the training data of all `sources`, given with the folder that holds each.

    Mistakes go to the report of their source.
    """
    draft = _Draft()
    for source, folder in sources:
        _read_source(draft, source, folder)
    return NluFiles(
        understanding=Understanding(
            examples=tuple(draft.examples),
            synonyms=draft.synonyms,
            regexes=tuple(draft.regexes),
            lookups=draft.lookups,
            responses=draft.responses,
        ),
        lookup_files=tuple(draft.lookup_files),
    )


def _read_source(draft: _Draft, source: Source, folder: Path) -> None:
    """Add what one file says to `draft`."""
    responses = source.root.get("responses")
    if responses is not None and isinstance(responses.value, dict):
        draft.responses |= responses.plain()
    block = source.root.get("nlu")
    if block is None or block.value is None:
        return
    if not isinstance(block.value, list):
        source.error(block, "`nlu` must be a list", "start each entry with `- intent:`")
        return
    for entry in block.list():
        _read_entry(draft, source, entry, folder)


def _read_entry(draft: _Draft, source: Source, entry: Node, folder: Path) -> None:
    """Add one entry of the `nlu:` list to `draft`."""
    found = _name_of(source, entry)
    if found is None:
        return
    kind, name_node = found
    name = name_node.value.strip()
    others = _OTHER_KEYS if kind == "intent" else _OTHER_KEYS[:1]
    for key in entry.value:
        if key not in (kind, *others):
            hint = did_you_mean(key, others, "remove it")
            source.error(entry.key(key), f"unknown key `{key}` beside `{kind}`", hint)
    if not _check_examples(source, entry, kind, name):
        return
    match kind:
        case "intent":
            _check_intent(source, name_node, name)
            _read_intent(draft, source, entry, name)
        case "synonym":
            for text, place in _texts(source, entry.get("examples")):
                _add_synonym(draft, source, text, name, place)
        case "regex":
            draft.regexes += _patterns(source, entry.get("examples"), name)
        case _:
            elements = _lookup_elements(draft, source, entry.get("examples"), folder)
            draft.lookups[name] = (*draft.lookups.get(name, ()), *elements)


def _name_of(source: Source, entry: Node) -> tuple[str, Node] | None:
    """Return what an entry is and its name, or None after reporting why it is nothing."""
    kinds = [kind for kind in _KINDS if entry.get(kind) is not None]
    if len(kinds) > 1:
        problem = f"the entry is both of `{kinds[0]}` and of `{kinds[1]}`"
        source.error(entry.key(kinds[1]), problem, "write an entry of its own for each")
        return None
    if not kinds:
        names = [str(key) for key, _ in entry.items() if key not in _OTHER_KEYS]
        hint = did_you_mean(names[0], _KINDS) if names else ""
        problem = f"the entry must have one of the keys {', '.join(_KINDS)}"
        found = f", found `{names[0]}`" if names else ""
        source.error(entry, problem + found, hint or "write `- intent: greet`")
        return None
    kind, name = kinds[0], entry.value[kinds[0]]
    if name.value in (None, ""):
        source.lapse(entry.key(kind), f"the {kind} has no name and is skipped", "write one")
    elif not isinstance(name.value, str) or not name.value.strip():
        source.error(name, f"the name of the {kind} must be a text", "put it in quotes")
    else:
        return kind, name
    return None


def _check_examples(source: Source, entry: Node, kind: str, name: str) -> bool:
    """Return whether the examples of an entry can be read; report when there are none."""
    examples = entry.get("examples")
    hint = "write `examples: |` and one `- text` a line"
    if examples is None or examples.value is None or examples.value in ("", []):
        source.lapse(entry, f"the {kind} `{name}` has no examples", hint)
    elif not isinstance(examples.value, str if kind != "intent" else str | list):
        source.error(examples, f"the examples of the {kind} `{name}` must be a text", hint)
        return False
    return True


def _check_intent(source: Source, node: Node, name: str) -> None:
    """Report a name that is neither `intent` nor `retrieval_intent/response`."""
    base, slash, key = name.partition("/")
    if slash and (not base or "/" in key):
        hint = "write `faq/price`: the retrieval intent, one slash, and the key of a response"
        source.error(node, f"the intent `{name}` has a slash in the wrong place", hint)


def _patterns(source: Source, examples: Node | None, name: str) -> Iterator[tuple[str, str]]:
    """Iterate over the patterns of a `regex` with its name."""
    for text, place in _texts(source, examples):
        try:
            re.compile(pattern := _with_flags_in_front(text))
        except re.error as error:
            problem = f"`{text[:60]}` of the regex `{name}` is no valid pattern: {error}"
            source.report.error(place, problem, "correct it")
        else:
            yield name, pattern


def _with_flags_in_front(pattern: str) -> str:
    """Return `pattern` as Python 3.11 takes it: up to 3.10, `(?i)` could stand anywhere."""
    flags = "".join(dict.fromkeys("".join(_GLOBAL_FLAGS.findall(pattern))))
    return f"(?{flags}){_GLOBAL_FLAGS.sub('', pattern)}" if flags else pattern


def _read_intent(draft: _Draft, source: Source, entry: Node, intent: str) -> None:
    """Add the examples of one intent, with the synonyms that their markup defines."""
    for text, place in _texts(source, entry.get("examples")):
        marked = read_markup(source, text, place)
        draft.examples.append(
            Example(text=marked.text, intent=intent, entities=marked.entities, place=place)
        )
        for entity in marked.entities:
            _add_inline_synonym(draft, source, marked.text, entity, place)


def read_markup(source: Source, text: str, place: Place) -> markup.Marked:
    """Return `text` without markup; broken markup is reported and kept as text."""
    try:
        marked = markup.parse(text)
    except markup.MarkupError as error:
        column = place.column + error.offset
        where = Place(path=place.path, line=place.line, column=column)
        source.report.error(where, error.problem, error.hint)
        return markup.Marked(text=text)
    for offset in marked.unread:
        where = Place(path=place.path, line=place.line, column=place.column + offset)
        hint = 'write it as [Berlin]{"entity": "city"}, or leave the bracket out'
        source.report.lapse(where, "this annotation has no end and stays text", hint)
    for offset, key in marked.ignored:
        where = Place(path=place.path, line=place.line, column=place.column + offset)
        problem = f"unknown key `{key}` in an entity annotation"
        source.report.lapse(where, problem, f"the keys are {', '.join(markup.KEYS)}")
    return marked


def _add_inline_synonym(
    draft: _Draft, source: Source, text: str, entity: Entity, place: Place
) -> None:
    """Add a synonym when the markup gives a value that differs from the surface text."""
    surface = text[entity.start : entity.end]
    if entity.value is not None and str(entity.value) != surface:
        _add_synonym(draft, source, surface, str(entity.value), place)


def _add_synonym(draft: _Draft, source: Source, text: str, value: str, place: Place) -> None:
    """Map `text` to `value`; the last definition wins."""
    known = draft.synonyms.get(text.lower())
    if known is not None and known != value:
        source.report.warn(place, f"`{text}` is a synonym of `{known}` and of `{value}`")
    draft.synonyms[text.lower()] = value


def _texts(source: Source, examples: Node | None) -> Iterator[tuple[str, Place]]:
    """Iterate over the examples of an entry with their places."""
    if examples is None or examples.value is None:
        return
    if isinstance(examples.value, str):
        yield from _lines(source, examples)
        return
    for item in examples.list():
        node = item.get("text")
        if node is None or not isinstance(node.value, str):
            hint = "write `- text: ...` for each example"
            source.error(node or item, "an example must have a `text`", hint)
            continue
        for key in item.value:
            if key not in _EXAMPLE_KEYS:
                hint = did_you_mean(key, _EXAMPLE_KEYS, "remove it")
                source.error(item.key(key), f"unknown key `{key}` of an example", hint)
        if text := node.value.strip():
            yield text, source.place_in(node, 0, text)


def _lines(source: Source, examples: Node) -> Iterator[tuple[str, Place]]:
    """Iterate over the `- text` lines of a block of examples."""
    for index, line in enumerate(examples.value.split("\n")):
        text = line.strip()
        if text.startswith("-") and line.startswith("-"):
            if content := text[1:].strip():
                yield content, source.place_in(examples, index, content)
        elif text:
            place = source.place_in(examples, index, text)
            hint = "start every example with `- `"
            source.report.warn(place, f"the line `{text[:60]}` is skipped", hint)


def _lookup_elements(
    draft: _Draft, source: Source, examples: Node | None, folder: Path
) -> tuple[str, ...]:
    """Return the elements of a lookup table, which may be the name of a file."""
    value = None if examples is None else examples.value
    if examples is None or not isinstance(value, str) or value.lstrip().startswith("-"):
        return tuple(text for text, _ in _texts(source, examples))
    name = value.strip()
    if not name:
        return ()
    candidates = (folder / name, Path(name))
    path = next((item for item in candidates if "\n" not in name and item.is_file()), None)
    if path is None:
        hint = "write `- element` lines, or the path of a text file"
        source.lapse(examples, f"the lookup file `{name[:80]}` does not exist", hint)
        return ()
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        source.error(examples, f"the lookup file `{name}` is not UTF-8", "save it as UTF-8")
        return ()
    draft.lookup_files.append(path)
    return tuple(stripped for line in text.split("\n") if (stripped := line.strip()))

"""Entity markup in texts: `[Berlin](city)` and its longer forms. Reads and writes one text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.types import Entity

_DECODER = json.JSONDecoder()
_UNREAD = ("{", "[")
"""What starts an annotation in JSON."""
_SHORT = re.compile(r"\(([^:)]+)(?::([^)]+))?\)")
KEYS = ("entity", "role", "group", "value")
"""The keys of an annotation; Rasa passes over others."""


_VALUES = {"value": (str, int, float), "role": (str,), "group": (str,)}


class MarkupError(ValueError):
    """The markup of an entity cannot be read; `offset` counts code points of the marked text."""

    def __init__(self, problem: str, offset: int, hint: str) -> None:
        """Hold the problem, its place in the text and what to do."""
        self.problem, self.offset, self.hint = problem, offset, hint
        super().__init__(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A text without its markup, and the entities that the markup named."""

    text: str
    entities: tuple[Entity, ...] = ()
    ignored: tuple[tuple[int, str], ...] = ()
    """The unknown keys of annotations, each behind its place in the marked text."""
    unread: tuple[int, ...] = ()
    """Where an annotation starts that is none, for it has no end: it stays text, as in Rasa."""


def parse(marked: str) -> Marked:
    """Return the text and the entities of `marked`; offsets count code points of the bare text.

    Raises:
        MarkupError: the part behind the brackets is broken JSON, or no annotation.
    """
    if "](" not in marked and "]{" not in marked and "][" not in marked:
        return Marked(text=marked)
    parts: list[str] = []
    entities: list[Entity] = []
    ignored: list[tuple[int, str]] = []
    unread: list[int] = []
    length = position = 0
    while (opening := marked.find("[", position)) >= 0:
        closing = marked.find("]", opening + 2)
        if closing < 0:
            break
        found = _annotation(marked, closing + 1)
        if found is None:
            unread += [closing + 1] if marked[closing + 1 : closing + 2] in _UNREAD else []
            parts.append(marked[position : opening + 1])
            length += opening + 1 - position
            position = opening + 1
            continue
        surface = marked[opening + 1 : closing]
        parts += (marked[position:opening], surface)
        start = length + opening - position
        length = start + len(surface)
        entities += [_entity(item, surface, start) for item in found[0]]
        ignored += [(closing + 1, key) for item in found[0] for key in item if key not in KEYS]
        position = found[1]
    return Marked(
        text="".join((*parts, marked[position:])),
        entities=tuple(entities),
        ignored=tuple(ignored),
        unread=tuple(unread),
    )


def render(text: str, entities: tuple[Entity, ...]) -> str:
    """Return `text` with markup for `entities`; `parse` reads it back.

    Entities without a place, or that overlap an earlier one, are left out.
    """
    spans: dict[tuple[int, int], list[Entity]] = {}
    for entity in sorted(entities, key=lambda item: (item.start or 0, item.end or 0)):
        if entity.start is None or entity.end is None:
            continue
        overlaps = any(entity.start < end and start < entity.end for start, end in spans)
        if (entity.start, entity.end) in spans or not overlaps:
            spans.setdefault((entity.start, entity.end), []).append(entity)
    parts: list[str] = []
    position = 0
    for (start, end), members in spans.items():
        surface = text[start:end]
        parts += (text[position:start], f"[{surface}]", _suffix(surface, members))
        position = end
    return "".join((*parts, text[position:]))


def _annotation(marked: str, index: int) -> tuple[list[dict[str, Any]], int] | None:
    """Return the annotations that start at `index`, and where they end, or None."""
    opener = marked[index : index + 1]
    if opener == "(":
        match = _SHORT.match(marked, index)
        if match is None:
            return None
        item: dict[str, Any] = {"entity": match[1]}
        return [item | ({} if match[2] is None else {"value": match[2]})], match.end()
    is_list = opener == "[" and marked[index + 1 :].lstrip().startswith("{")
    if opener != "{" and not is_list:
        return None
    closer = "]" if is_list else "}"
    if marked[index + 1 : index + 2] == closer or closer not in marked[index + 2 :]:
        return None
    try:
        found, end = _DECODER.raw_decode(marked, index)
    except json.JSONDecodeError as error:
        raise MarkupError(
            f"broken entity annotation `{_excerpt(marked, index)}`: {error.msg}",
            error.pos,
            'write it as JSON, such as [Berlin]{"entity": "city", "role": "to"}',
        ) from error
    # Of a list only the mappings count.
    items = [item for item in found if item and isinstance(item, dict)] if is_list else [found]
    for item in items:
        _check(item, marked, index)
    return items, end


def _check(item: Any, marked: str, index: int) -> None:
    """Refuse an annotation without `entity`, or with values of the wrong kind."""
    if not isinstance(item, dict) or not isinstance(item.get("entity"), str):
        raise MarkupError(
            f"the entity annotation `{_excerpt(marked, index)}` names no `entity`",
            index,
            'write it as [Berlin]{"entity": "city"}',
        )
    for key, kinds in _VALUES.items():
        value = item.get(key, "")
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise MarkupError(
                f"`{key}` of the entity annotation `{_excerpt(marked, index)}` must be a text",
                index,
                "put it in double quotes",
            )


def _excerpt(marked: str, index: int) -> str:
    """Return the annotation at `index`, cut to a readable length."""
    end = marked.find("}", index)
    return marked[index : end + 1 if end >= 0 else len(marked)][:80]


def _entity(item: dict[str, Any], surface: str, start: int) -> Entity:
    """Return the entity that `item` says about `surface`."""
    return Entity(
        name=item["entity"],
        value=item.get("value", surface),
        start=start,
        end=start + len(surface),
        role=item.get("role") or None,
        group=item.get("group") or None,
    )


def _suffix(surface: str, members: list[Entity]) -> str:
    """Return what follows the brackets, in the shortest form that says everything."""
    first = members[0]
    is_bare = len(members) == 1 and first.role is None and first.group is None
    if is_bare and first.value == surface and not set(first.name) & set(":)"):
        return f"({first.name})"
    items = [_as_json(surface, member) for member in members]
    return json.dumps(items[0] if len(items) == 1 else items, ensure_ascii=False)


def _as_json(surface: str, entity: Entity) -> dict[str, Any]:
    """Return the dict form of `entity`."""
    item = {"entity": entity.name, "role": entity.role, "group": entity.group}
    value = {} if entity.value == surface else {"value": entity.value}
    return {key: text for key, text in item.items() if text is not None} | value

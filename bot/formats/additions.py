"""Adds stories, examples and names to a project's files; what is there keeps its comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from bot.conversation import LISTEN, SESSION_START, Conversation
from bot.domain import Domain
from bot.events import ActionRan, Event, LoopSet, SlotSet, UserSaid
from bot.formats import markup
from bot.formats.nlu_writer import example_line
from bot.formats.roundtrip import load, save
from bot.formats.story_writer import VERSION
from bot.project import Example
from bot.types import Entity

STORY_NAME = "interactive_story_"


def add_stories(
    path: Path, conversations: Sequence[Conversation], domain: Domain, *, with_texts: bool = False
) -> list[str]:
    """Append a story per conversation to the file at `path`, and return their names.

    Args:
        path: The file; written anew where there is none.
        conversations: What was taught.
        domain: Tells which slots stories need.
        with_texts: Also write what the user said, for end-to-end tests.
    """
    document = _document(path)
    stories = _list(document, "stories")
    taken = {story.get("story") for story in stories}
    names = []
    for conversation in conversations:
        number = 1
        while (name := f"{STORY_NAME}{number}") in taken:
            number += 1
        taken.add(name)
        names.append(name)
        steps = [
            step
            for event in conversation.applied_events()
            for step in _steps(event, domain, with_texts=with_texts)
        ]
        stories.append(CommentedMap(story=name, steps=CommentedSeq(steps)))
    save(document, path)
    return names


def _steps(event: Event, domain: Domain, *, with_texts: bool) -> Iterator[CommentedMap]:
    match event:
        case UserSaid():
            yield _user(event, with_texts=with_texts)
        case ActionRan(name=name, action_text=text) if name not in (LISTEN, SESSION_START):
            yield CommentedMap({"action": name} if name else {"bot": text})
        case LoopSet(name=name):
            yield CommentedMap(active_loop=name)
        case SlotSet(name=name, value=value):
            slot = domain.slots.get(name)
            if slot is not None and slot.influences_conversation and name != "requested_slot":
                yield CommentedMap(slot_was_set=[CommentedMap({name: value})])
        case _:
            return


def _user(event: UserSaid, *, with_texts: bool) -> CommentedMap:
    reading, step = event.reading, CommentedMap()
    if with_texts and event.text and not event.text.startswith("/"):
        step["user"] = LiteralScalarString(markup.render(event.text, reading.entities) + "\n")
    step["intent"] = reading.intent.name
    if reading.entities and "user" not in step:
        step["entities"] = [_entity(entity) for entity in reading.entities]
    return step


def _entity(entity: Entity) -> CommentedMap:
    more = {"role": entity.role, "group": entity.group}
    return CommentedMap(
        {entity.name: entity.value, **{k: v for k, v in more.items() if v is not None}}
    )


def add_examples(path: Path, examples: Sequence[Example]) -> int:
    """Add `examples` to their intents in the file at `path`; return how many were not there."""
    document = _document(path)
    entries = _list(document, "nlu")
    added = 0
    for example in examples:
        if not example.intent:
            continue
        line = " ".join(example_line(example).split())
        entry = next((item for item in entries if item.get("intent") == example.intent), None)
        if entry is None:
            entry = CommentedMap(intent=example.intent, examples=LiteralScalarString(""))
            entries.append(entry)
        added += _add_example(entry, line)
    save(document, path)
    return added


def _add_example(entry: CommentedMap, line: str) -> bool:
    examples = entry["examples"]
    if isinstance(examples, list):
        if any(item == line or (isinstance(item, Mapping) and item.get("text") == line)
               for item in examples):  # fmt: skip
            return False
        examples.append(CommentedMap(text=line))
        return True
    lines = str(examples).splitlines()
    if f"- {line}" in (known.strip() for known in lines):
        return False
    entry["examples"] = LiteralScalarString("\n".join([*lines, f"- {line}"]) + "\n")
    return True


def add_names(path: Path, key: str, names: Sequence[str]) -> None:
    """Add `names` to the list under `key` of the domain at `path`, unless they are there."""
    document = _document(path)
    known = _list(document, key)
    present = {next(iter(item)) if isinstance(item, Mapping) else item for item in known}
    known.extend(name for name in dict.fromkeys(names) if name not in present)
    save(document, path)


def add_responses(path: Path, responses: Mapping[str, str]) -> None:
    """Add responses, by their names, to the domain at `path`, unless they are there."""
    document = _document(path)
    known = document.get("responses")
    if known is None:
        known = document["responses"] = CommentedMap()
    for name, text in responses.items():
        if name not in known:
            known[name] = CommentedSeq([CommentedMap(text=text)])
    save(document, path)


def _document(path: Path) -> CommentedMap:
    if path.exists():
        return load(path) or CommentedMap()
    path.parent.mkdir(parents=True, exist_ok=True)
    return CommentedMap(version=DoubleQuotedScalarString(VERSION))


def _list(document: CommentedMap, key: str) -> Any:
    if document.get(key) is None:
        document[key] = CommentedSeq()
    return document[key]

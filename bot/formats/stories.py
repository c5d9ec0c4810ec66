"""Dialogues: the `stories:` and `rules:` lists, as written, before any expansion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from bot.formats.nlu import read_markup
from bot.formats.regex_message import spelt_entities
from bot.project import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    Story,
    UserStep,
)
from bot.types import Entity
from bot.yamlsource import Node, Source, did_you_mean

Kind = Literal["story", "rule", "test"]

_OTHER_LIST = {"stories": ("rule", "rules"), "rules": ("story", "stories")}
"""List → the entries that belong into the other one, and its name."""
_STORY_KEYS = ("story", "steps", "metadata")
_RULE_KEYS = ("rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata")
_STEP_KEYS: dict[str, tuple[str, ...]] = {
    "intent": ("user", "entities"),
    "user": ("intent", "entities"),
    "action": (),
    "bot": (),
    "checkpoint": ("slot_was_set",),
    "slot_was_set": (),
    "active_loop": (),
    "or": (),
}
"""Steps, each with the keys that may stand beside it."""
_NEVER_NULL = ("user", "checkpoint")
"""Steps that Rasa refuses when they are empty; it skips the others."""


def read_stories(source: Source, *, is_test: bool = False) -> tuple[Story, ...]:
    """Return the stories and rules of one file; mistakes go to its report.

    Args:
        source: The file.
        is_test: The file holds test stories, where full retrieval intents are kept; Rasa does not
            play rules.
    """
    if is_test:
        return tuple(_read_list(source, "stories", "story", "test"))
    stories = [*_read_list(source, "stories", "story", "story")]
    return (*stories, *_read_list(source, "rules", "rule", "rule"))


def _read_list(source: Source, key: str, name_key: str, kind: Kind) -> Iterator[Story]:
    """Iterate over the dialogues under the top-level `key`."""
    block = source.root.get(key)
    if block is None or block.value is None:
        return
    if not isinstance(block.value, list):
        source.error(block, f"`{key}` must be a list", f"start each with `- {name_key}: a name`")
        return
    for entry in block.list():
        name = entry.get(name_key)
        if name is not None and isinstance(name.value, str) and name.value:
            yield _read_story(source, entry, name, kind, is_rule=name_key == "rule")
        else:
            _tell_nameless(source, entry, name, key, name_key)


def _tell_nameless(source: Source, entry: Node, name: Node | None, key: str, name_key: str) -> None:
    """Report an entry of the list `key` without a name; Rasa skips one whose name is empty."""
    problem = f"an entry of `{key}` needs a name as a text"
    if name is not None and name.value in (None, ""):
        source.lapse(name, f"{problem}: it is skipped", f"write `{name_key}: a name`")
    elif name is not None:
        source.error(name, problem, "put it in quotes")
    elif isinstance(entry.value, dict) and set(entry.value) <= {"steps", "metadata"}:
        source.lapse(entry, f"{problem}: it is skipped", f"write `{name_key}: a name`")
    elif entry.get(_OTHER_LIST[key][0]) is not None:
        source.error(entry, problem, f"move it to `{_OTHER_LIST[key][1]}:`")
    else:
        found = next((str(item) for item, _ in entry.items()), "")
        hint = did_you_mean(found, (name_key,), f"write `- {name_key}: a name`")
        source.error(entry, problem, hint)


def _read_story(source: Source, entry: Node, name: Node, kind: Kind, *, is_rule: bool) -> Story:
    """Return one story or rule."""
    allowed = _RULE_KEYS if is_rule else _STORY_KEYS
    for key in entry.value:
        if key not in allowed:
            word = "rule" if is_rule else "story"
            hint = did_you_mean(key, allowed, f"the keys are {', '.join(allowed)}")
            source.error(entry.key(key), f"unknown key `{key}` in a {word}", hint)
    steps = entry.get("steps")
    hint = "write `steps:` with a list of steps"
    if steps is None or steps.value is None:
        source.lapse(steps or entry, f"`{name.value}` has no steps and is skipped", hint)
    elif not isinstance(steps.value, list):
        source.error(steps, f"the steps of `{name.value}` must be a list", hint)
    condition = entry.get("condition")
    if condition is not None and not isinstance(condition.value, list):
        hint = "write `- slot_was_set:` or `- active_loop:` below it"
        source.error(condition, f"the condition of `{name.value}` must be a list", hint)
    conditions = [
        step
        for item in (condition.list() if condition else ())
        for step in _read_condition(source, item)
    ]
    return Story(
        name=name.value,
        steps=tuple(
            step
            for item in (steps.list() if steps else ())
            for step in _read_step(source, item, kind, is_rule=is_rule)
        ),
        kind=kind,
        conditions=tuple(conditions),
        is_conversation_start=_flag(source, entry, "conversation_start", default=False),
        waits_for_user=_flag(source, entry, "wait_for_user_input", default=True),
        place=source.place(name),
    )


def _flag(source: Source, entry: Node, key: str, *, default: bool) -> bool:
    """Return the boolean under `key`."""
    node = entry.get(key)
    if node is None or node.value is None:
        return default
    if not isinstance(node.value, bool):
        source.error(node, f"`{key}` must be true or false, found `{node.value}`")
        return default
    return node.value


def _read_condition(source: Source, item: Node) -> Iterator[SlotStep | LoopStep]:
    """Iterate over the slot and loop conditions of one entry of `condition`."""
    found = [key for key, _ in item.items() if key in ("slot_was_set", "active_loop")]
    if len(found) > 1:
        hint = "start each with `- `"
        source.error(item.key(found[1]), "a condition must have one key", hint)
        return
    if not found or len(found) != len(item.value):
        name = next((str(key) for key, _ in item.items() if key not in found), item.value)
        hint = did_you_mean(name, ("slot_was_set", "active_loop"))
        source.error(
            item, f"unknown condition `{name}`", hint or "use `slot_was_set` or `active_loop`"
        )
        return
    for key in found:
        if key == "active_loop":
            yield from _read_loop(source, item)
        else:
            yield from _read_slots(source, item.value[key])


def _read_step(source: Source, item: Node, kind: Kind, *, is_rule: bool) -> Iterator[Step]:
    """Iterate over the steps that one entry of `steps` stands for."""
    if item.value == {}:
        source.lapse(item, "a step without a key is skipped", "remove it")
        return
    main = next((key for key in _STEP_KEYS if item.get(key) is not None), None)
    if not isinstance(item.value, dict) or main is None:
        name = next((str(key) for key, _ in item.items()), item.plain())
        node = item.key(name) if isinstance(name, str) else item
        hint = did_you_mean(name, _STEP_KEYS, f"the steps are {', '.join(_STEP_KEYS)}")
        source.error(node, f"unknown step `{name}`", hint)
        return
    for key in item.value:
        if key != main and key not in _STEP_KEYS[main]:
            hint = did_you_mean(key, _STEP_KEYS[main], "start a new step with `- `")
            source.error(item.key(key), f"`{key}` does not belong to a step `{main}`", hint)
    if is_rule and kind == "rule" and main in ("checkpoint", "bot"):
        hint = "use a story instead" if main == "checkpoint" else "use `action:` with a response"
        source.error(item.key(main), f"a rule cannot have the step `{main}`", hint)
        return
    readers: dict[str, Callable[[], Iterator[Step]]] = {
        "intent": lambda: _read_user(source, item, kind),
        "user": lambda: _read_user(source, item, kind),
        "action": lambda: _read_action(source, item),
        "bot": lambda: _read_bot(source, item),
        "checkpoint": lambda: _read_checkpoint(source, item),
        "slot_was_set": lambda: _read_slots(source, item.value["slot_was_set"]),
        "active_loop": lambda: _read_loop(source, item),
        "or": lambda: _read_or(source, item, kind),
    }
    yield from readers[main]()


def _text(source: Source, item: Node, key: str) -> str | None:
    """Return the text under `key`, reporting any other kind of value."""
    node = item.get(key)
    if node is None:
        return None
    if isinstance(node.value, str) and node.value.strip():
        return node.value.strip()
    if node.value is None and key in _NEVER_NULL:
        source.error(item.key(key), f"`{key}` is empty", "write a name, or remove it")
        return None
    if node.value is None or node.value == "":
        source.lapse(item.key(key), f"`{key}` is empty: the step is skipped", "write a name")
        return None
    source.error(node, f"`{key}` must be a text, found `{node.plain()}`", "write a name or quotes")
    return None


def _read_user(source: Source, item: Node, kind: Kind) -> Iterator[UserStep]:
    """Yield a user turn."""
    label = item.get("intent")
    is_any = label is not None and label.value in (None, "")
    intent = None if is_any else _text(source, item, "intent")
    text = _text(source, item, "user")
    if is_any and text is None:
        problem = "without a name `intent` stands for any message"
        source.lapse(item.key("intent"), problem, "write the name of the intent")
    elif intent is None and text is None:
        return
    if intent is not None:
        intent = _bare_intent(source, item.value["intent"], intent, kind)
    entities = tuple(_read_entities(source, item.get("entities")))
    if text is not None:
        node = item.value["user"]
        marked = read_markup(source, text, source.place_in(node, 0, text))
        # What the text says itself counts alone; `entities` stands in for a missing text.
        text, entities = marked.text, marked.entities or spelt_entities(marked.text)
    key = "intent" if item.get("intent") is not None else "user"
    place = source.place(item.key(key))
    yield UserStep(intent=intent, text=text, entities=entities, place=place)


def _bare_intent(source: Source, node: Node, intent: str, kind: Kind) -> str:
    """Return the intent without a leading slash, and outside tests without its response key."""
    if intent.startswith("/"):
        source.warn(node, f"the intent `{intent}` starts with `/`", "leave the slash out")
        intent = intent[1:]
    if "/" in intent and kind != "test":
        base = intent.split("/")[0]
        hint = f"write `{base}`"
        source.warn(node, f"`{intent}` is used as its retrieval intent `{base}`", hint)
        return base
    return intent


def _read_entities(source: Source, node: Node | None) -> Iterator[Entity]:
    """Iterate over the `entities` of a user turn: names, or names with values."""
    if node is None:
        return
    if not isinstance(node.value, list):
        source.error(node, "`entities` must be a list", "write `- city: Berlin`")
        return
    for item in node.list():
        if isinstance(item.value, str):
            yield Entity(name=item.value, value=None)
            continue
        names = [key for key, _ in item.items() if key not in ("role", "group")]
        hint = "write `- city: Berlin`, with `role` and `group` below if needed"
        if item.value is None:
            source.lapse(item, "an entity without a name is skipped", hint)
            continue
        if not names:
            source.error(item, "an entity must have one name", hint)
            continue
        if len(names) > 1:
            source.lapse(item, f"of several names of an entity `{names[-1]}` counts", hint)
        yield Entity(
            name=str(names[-1]),
            value=item.value[names[-1]].plain(),
            role=_part(source, item, "role"),
            group=_part(source, item, "group"),
        )


def _part(source: Source, item: Node, key: str) -> str | None:
    """Return the role or group of an entity."""
    node = item.get(key)
    if node is None or node.value is None:
        return None
    if isinstance(node.value, dict | list):
        source.error(node, f"`{key}` must be a text, found `{node.plain()}`", "name one")
    return str(node.value)


def _read_action(source: Source, item: Node) -> Iterator[ActionStep]:
    """Yield an action by name."""
    if name := _text(source, item, "action"):
        yield ActionStep(name=name, place=source.place(item.key("action")))


def _read_bot(source: Source, item: Node) -> Iterator[ActionStep]:
    """Yield an end-to-end bot turn."""
    if text := _text(source, item, "bot"):
        yield ActionStep(text=text, place=source.place(item.key("bot")))


def _read_checkpoint(source: Source, item: Node) -> Iterator[CheckpointStep]:
    """Yield a checkpoint with its slot conditions."""
    if name := _text(source, item, "checkpoint"):
        slots = item.get("slot_was_set")
        yield CheckpointStep(
            name=name,
            conditions=tuple(_read_slots(source, slots)) if slots else (),
            place=source.place(item.key("checkpoint")),
        )


def _read_slots(source: Source, node: Node) -> Iterator[SlotStep]:
    """Iterate over the slots of a `slot_was_set`."""
    if not isinstance(node.value, list):
        source.error(node, "`slot_was_set` must be a list", "write `- slot: value` below it")
        return
    for item in node.list():
        place = source.place(item)
        if isinstance(item.value, str):
            yield SlotStep(name=item.value, has_value=False, place=place)
        elif isinstance(item.value, dict):
            for name, value in item.items():
                yield SlotStep(
                    name=str(name), value=value.plain(), place=source.place(item.key(name))
                )
        else:
            problem = f"`{item.plain()}` is no slot and is skipped"
            source.lapse(item, problem, "write `- slot: value`")


def _read_loop(source: Source, item: Node) -> Iterator[LoopStep]:
    """Yield the loop step of `item`."""
    node = item.value["active_loop"]
    if node.value is None or isinstance(node.value, str):
        yield LoopStep(name=node.value or None, place=source.place(item.key("active_loop")))
    else:
        source.error(node, "`active_loop` must be the name of a form, or null")


def _read_or(source: Source, item: Node, kind: Kind) -> Iterator[OrStep]:
    """Yield the alternatives of an `or`."""
    node = item.value["or"]
    alternatives: list[tuple[UserStep | SlotStep, ...]] = []
    for child in node.list():
        _check_alternative(source, child)
        if child.get("slot_was_set") is not None:
            alternatives.append(tuple(_read_slots(source, child.value["slot_was_set"])))
        elif child.get("intent") is not None or child.get("user") is not None:
            alternatives.append(tuple(_read_user(source, child, kind)))
        else:
            name = next((str(key) for key, _ in child.items()), child.value)
            choices = ("intent", "user", "slot_was_set")
            hint = did_you_mean(name, choices, f"use {', '.join(choices)}")
            source.error(child, f"`{name}` cannot be an alternative of `or`", hint)
    if node.value == []:
        source.lapse(node, "`or` without alternatives is skipped", "write `- intent: ...` below it")
    elif not node.list():
        source.error(node, "`or` needs a list of alternatives", "write `- intent: ...` below it")
    if not alternatives:
        return
    yield OrStep(alternatives=tuple(alternatives), place=source.place(item.key("or")))


def _check_alternative(source: Source, child: Node) -> None:
    """Report keys that do not belong to an alternative of an `or`."""
    main = next((key for key in ("slot_was_set", "intent", "user") if child.get(key)), None)
    if main is None:
        return
    for key in child.value:
        if key != main and key not in _STEP_KEYS[main]:
            hint = "start a new alternative with `- `"
            source.error(
                child.key(key), f"`{key}` does not belong to an alternative `{main}`", hint
            )

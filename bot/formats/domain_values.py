"""The values that a domain is made of: names, numbers, flags; mistakes go to their source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.yamlsource import Node, Source, did_you_mean

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def named(source: Source, node: Node, what: str) -> Iterator[tuple[str, Node, Node | None]]:
    """Iterate over a list of names, or of names with settings: name, its place, its settings."""
    if not isinstance(node.value, list):
        source.error(node, f"`{what}` must be a list", "start each entry with `- `")
        return
    for item in node.list():
        if isinstance(item.value, dict) and len(item.value) == 1:
            name, settings = next(item.items())
            yield str(name), item.key(name), settings
        elif isinstance(item.value, str):
            yield item.value, item, None
        elif isinstance(item.value, int | float):
            source.error(item, f"the name `{item.value}` must be a text", "put it in quotes")
        else:
            hint = "write `- name`, or indent its settings further than the name"
            source.error(item, f"an entry of `{what}` must be one name", hint)


def names(source: Source, node: Node) -> tuple[str, ...]:
    """Return a list of names; empty for null and false, and of a mapping its keys."""
    if node.value is None or isinstance(node.value, bool):
        return ()
    if isinstance(node.value, str):
        return (node.value,)
    if isinstance(node.value, dict):
        source.lapse(node, "only the keys count where a list of names belongs", "write `[a, b]`")
        return tuple(map(str, node.value))
    if not isinstance(node.value, list) or any(
        isinstance(item.value, dict | list) or item.value is None for item in node.list()
    ):
        source.error(node, "this must be a list of names", "write `[a, b]`")
        return ()
    return tuple(str(item.value) for item in node.list())


def list_of_names(source: Source, node: Node, key: str) -> tuple[str, ...]:
    """Return the names under `key`, where Rasa takes no null; empty when the key is absent."""
    child = node.get(key)
    if child is None:
        return ()
    if child.value is None:
        source.error(node.key(key), f"`{key}` is empty", f"write `{key}: []`, or remove it")
    return names(source, child)


def warn_unknown(source: Source, node: Node | None, known: Sequence[str], what: str) -> None:
    """Warn about the keys of `node` that are not `known`."""
    if node is None:
        return
    for key, _ in node.items():
        if key not in known:
            problem = f"the key `{key}` of {what} has no effect"
            source.warn(node.key(key), problem, did_you_mean(key, known))


def boolean(
    source: Source, node: Node | None, key: str, *, default: bool, is_free: bool = False
) -> bool:
    """Return the boolean under `key`; null is none, and where `is_free` anything is one."""
    child = node.get(key) if node else None
    if child is None or isinstance(child.value, bool):
        return default if child is None else bool(child.value)
    problem = f"`{key}` must be true or false, found `{child.plain()}`"
    if child.value is None or is_free:
        read = bool(child.value)
        source.lapse(child, problem, f"`{str(read).lower()}` is used, as in Rasa")
        return read
    source.error(child, problem)
    return default


def number(
    source: Source, node: Node, key: str, default: float, *, takes_texts: bool = False
) -> float:
    """Return the number under `key`, which `takes_texts` lets stand in quotes."""
    child = node.get(key)
    if child is None or child.value is None:
        return default
    if isinstance(child.value, int | float) and not isinstance(child.value, bool):
        return float(child.value)
    if takes_texts and isinstance(child.value, str) and _NUMBER.fullmatch(child.value):
        source.lapse(child, f"`{key}` is a text, not a number", "remove the quotes")
        return float(child.value)
    source.error(child, f"`{key}` must be a number, found `{child.plain()}`")
    return default


def entries(source: Source, node: Node, key: str) -> Iterator[tuple[str, Node, Node]]:
    """Iterate over the entries of a mapping: name, its place, its settings."""
    if not isinstance(node.value, dict):
        source.error(node, f"`{key}` must be a mapping", "write `name:` with settings below it")
        return
    for name, child in node.items():
        if isinstance(name, str):
            yield name, node.key(name), child
        else:
            source.error(node.key(name), f"the name `{name}` must be a text", "put it in quotes")


def text(source: Source, node: Node, key: str) -> str | None:
    """Return the text under `key`, or None when it is null or absent."""
    child = node.get(key)
    if child is None or child.value is None or isinstance(child.value, str):
        return None if child is None else child.value
    source.error(child, f"`{key}` must be a text, found `{child.plain()}`", "put it in quotes")
    return None


def string(node: Node, key: str) -> str | None:
    """Return the scalar under `key` as a text."""
    child = node.get(key)
    return None if child is None or child.value is None else str(child.value)

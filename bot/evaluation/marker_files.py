"""`markers.yml`: reads the definitions of markers, from one file or all files of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.errors import BotError, ConfigErrors
from bot.evaluation.markers import CONDITIONS, NEGATIONS, SINGLE, TAGS, Condition, Marker, Operator
from bot.formats.project import yaml_files
from bot.yamlsource import Node, Report, Source, did_you_mean, read_file

DESCRIPTION = "description"


def read_markers(place: Path) -> dict[str, Marker]:
    """Return the markers at `place` by name.

    Raises:
        BotError: there is no such file or folder, or nothing in it.
        ConfigErrors: all mistakes at once.
    """
    report = Report()
    paths = list(yaml_files(place)) if place.exists() else []
    if not paths:
        raise BotError(f"no markers at {place}; name their file or folder with --config")
    markers: dict[str, Marker] = {}
    for path in paths:
        source = read_file(path, str(path), report)
        if source is None:
            continue
        if not isinstance(source.root.value, dict | None):
            source.error(source.root, "the file must be a mapping of markers", "write `name:`")
        for name, node in source.root.items():
            _add(markers, source, str(name), node)
    if report.errors:
        raise ConfigErrors(report.errors)
    return markers


def _add(markers: dict[str, Marker], source: Source, name: str, node: Node) -> None:
    key = source.root.key(name)
    if name in TAGS:
        hint = "put it below a name of your own"
        source.error(key, f"`{name}` is a condition or an operator, no name of a marker", hint)
    elif name in markers:
        source.error(key, f"there are two markers `{name}`", "rename one of them")
    elif (marker := _marker(source, node)) is not None:
        markers[name] = marker


def _marker(source: Source, node: Node) -> Marker | None:
    """Return the marker that `node` describes; None after reporting what is wrong."""
    keys = [key for key, _ in node.items() if key != DESCRIPTION]
    if len(keys) != 1:
        hint = "write one of them, such as `intent: greet`, and `and:` or `or:` for several"
        source.error(node, "a marker must be one condition or one operator", hint)
        return None
    (tag,) = keys
    if tag not in TAGS:
        hint = did_you_mean(tag, TAGS)
        source.error(node.key(tag), f"`{tag}` is neither a condition nor an operator", hint)
        return None
    value = node.get(tag)
    assert value is not None
    plain = NEGATIONS.get(tag, tag)
    if plain in CONDITIONS:
        return _condition(source, value, plain, is_negated=plain != tag)
    return _operator(source, value, plain, is_negated=plain != tag)


def _condition(source: Source, value: Node, tag: str, *, is_negated: bool) -> Marker | None:
    if not isinstance(value.value, str):
        source.error(value, f"`{tag}` needs one name", "write it as a text")
        return None
    return Condition(tag=tag, text=value.value, is_negated=is_negated)


def _operator(source: Source, value: Node, tag: str, *, is_negated: bool) -> Marker | None:
    if not isinstance(value.value, list) or not value.value:
        source.error(value, f"`{tag}` needs a list of markers", "start each with `- `")
        return None
    if tag in SINGLE and len(value.value) != 1:
        source.error(value, f"`{tag}` takes one marker", "combine several with `and:` or `or:`")
        return None
    parts = tuple(_parts(source, value))
    return Operator(tag=tag, parts=parts, is_negated=is_negated)


def _parts(source: Source, value: Node) -> Iterator[Marker]:
    for item in value.list():
        if (marker := _marker(source, item)) is not None:
            yield marker

"""`credentials.yml`: the channels of a project. Their keys are known to the channels alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.project import Place
from bot.yamlsource import Source


def read_credentials(source: Source) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings of each channel; an empty entry gives an empty mapping."""
    root = source.root
    if root.value is not None and not isinstance(root.value, dict):
        source.error(root, "the file must be a mapping", "start with `rest:`")
    channels: dict[str, Mapping[str, Any]] = {}
    for name, node in root.items():
        if node.value is not None and not isinstance(node.value, dict):
            source.error(node, f"the settings of `{name}` must be a mapping", "or leave it empty")
        else:
            channels[str(name)] = node.plain() or {}
    return channels


def places_of(source: Source) -> Mapping[str, Place]:
    """Return where the channels and their settings are written, by `slack` and `slack.token`."""
    places: dict[str, Place] = {}
    for name, node in source.root.items():
        places[str(name)] = source.place(source.root.key(name))
        for key, _ in node.items():
            places[f"{name}.{key}"] = source.place(node.key(key))
    return places

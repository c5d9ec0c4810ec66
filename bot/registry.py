"""Names → classes, from the built-in table and from entry points. Imports nothing until asked."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from bot.errors import UnknownPlugin

_CHANNELS: Mapping[str, str] = {
    "rest": "connectors.rest.channel:Rest",
    "slack": "connectors.slack.channel:Slack",
    "telegram": "connectors.telegram.channel:Telegram",
    "webchat": "connectors.webchat.channel:WebChat",
    "operator": "connectors.operator.channel:OperatorConsole",
    "socketio": "connectors.socketio.channel:SocketIo",
    "callback": "connectors.callback.channel:Callback",
    "terminal": "connectors.terminal.channel:Terminal",
}
_PORTING = "Rasa's channel classes are not run here; connectors/README.md shows how one is written"


def channel_class(name: str) -> Any:
    """Return the channel class called `name`; a name with dots is `module.Class`, as in Rasa.

    Raises:
        UnknownPlugin: nobody provides it; the message offers the nearest name.
    """
    known = dict(_CHANNELS) | {
        point.name: point.value for point in entry_points(group="connectors.channels")
    }
    if name not in known and "." in name:
        return _own_class(name)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownPlugin(f"unknown channel {name!r}.{hint} Known: {', '.join(sorted(known))}")
    return load(known[name])


def _own_class(name: str) -> Any:
    """Return a channel class of the project.

    Raises:
        UnknownPlugin: it cannot be imported, or is none of ours.
    """
    module, _, attribute = name.rpartition(".")
    try:
        found = load(f"{module}:{attribute}")
    except Exception as error:  # the project's own code; its author is told
        problem = f"the channel class `{name}` cannot be imported: {error}; {_PORTING}"
        raise UnknownPlugin(problem) from error
    if not hasattr(found, "Settings"):
        raise UnknownPlugin(f"the class `{name}` is no channel: it has no `Settings`; {_PORTING}")
    return found


def load(reference: str) -> Any:
    """Return the object at `module:attribute`."""
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)

"""Opens the channels of a desk from the settings of `credentials.yml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import structlog
from pydantic import ValidationError

from bot.errors import ConfigError, ConfigErrors, UnknownPlugin
from bot.project import Place
from bot.registry import channel_class

ALWAYS = ("rest", "webchat", "operator", "terminal")
"""Channels that run without being named."""
NOT_BUILT = frozenset(
    {
        "botframework",
        "facebook",
        "hangouts",
        "mattermost",
        "rasa",
        "rocketchat",
        "twilio",
        "twilio_voice",
        "webexteams",
    }
)
"""Rasa's channels that Frontdesk does not have; a project that names them still runs."""

log = structlog.get_logger()


def open_channels(
    desk: Any,
    settings: Mapping[str, Mapping[str, Any]],
    places: Mapping[str, Place] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the channels by name: those in `ALWAYS`, and those that `settings` names.

    Args:
        desk: What the channels talk to.
        settings: The settings of each channel.
        places: Where the channels and their settings are written, such as `slack.slack_token`.

    Raises:
        ConfigErrors: every setting that a channel refuses.
            So is a name that no channel has.
    """
    errors: list[ConfigError] = []
    channels: dict[str, Any] = {}
    for name in dict.fromkeys((*ALWAYS, *settings)):
        if name in NOT_BUILT:
            log.warning("channel.not_built", channel=name, effect="its messages are not received")
            continue
        try:
            kind = channel_class(name)
        except UnknownPlugin as unknown:
            errors.append(_error(places, (name,), str(unknown)))
            continue
        try:
            channel = kind(desk, kind.Settings.model_validate(dict(settings.get(name, {}))))
        except ValidationError as refused:
            errors += [_problem(name, item, places) for item in refused.errors()]
            continue
        channels[channel.name] = channel
    if errors:
        raise ConfigErrors(errors)
    return channels


def in_background(channels: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the channels that have something to do by themselves, such as registering."""
    return tuple(channel for channel in channels.values() if hasattr(channel, "run"))


def _problem(channel: str, item: Any, places: Mapping[str, Place]) -> ConfigError:
    """Return one refused setting, without its value, which may be a secret."""
    key = ".".join(map(str, (channel, *item["loc"])))
    return _error(places, (key, channel), f"`{key}`: {item['msg']}")


def _error(places: Mapping[str, Place], names: Sequence[str], problem: str) -> ConfigError:
    """Return a mistake at the first of `names` whose place is known."""
    known = (places[name] for name in names if name in places)
    place = next(known, Place(path="credentials.yml", line=1))
    return ConfigError(place.path, place.line, place.column, problem)

"""Opens the channels of a desk from the settings of `credentials.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError

from bot.errors import ConfigError, ConfigErrors
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


def open_channels(desk: Any, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the channels by name: those in `ALWAYS`, and those that `settings` names.

    Raises:
        ConfigErrors: every setting that a channel refuses.
        UnknownPlugin: a name that no channel has.
    """
    errors: list[ConfigError] = []
    channels: dict[str, Any] = {}
    for name in dict.fromkeys((*ALWAYS, *settings)):
        if name in NOT_BUILT:
            log.warning("channel.not_built", channel=name, effect="its messages are not received")
            continue
        kind = channel_class(name)
        try:
            channel = kind(desk, kind.Settings.model_validate(dict(settings.get(name, {}))))
        except ValidationError as refused:
            errors += [_problem(name, item) for item in refused.errors()]
            continue
        channels[channel.name] = channel
    if errors:
        raise ConfigErrors(errors)
    return channels


def in_background(channels: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the channels that have something to do by themselves, such as registering."""
    return tuple(channel for channel in channels.values() if hasattr(channel, "run"))


def _problem(channel: str, item: Any) -> ConfigError:
    """Return one refused setting, without its value, which may be a secret."""
    key = ".".join(map(str, (channel, *item["loc"])))
    return ConfigError(path="credentials.yml", line=0, column=0, problem=f"`{key}`: {item['msg']}")

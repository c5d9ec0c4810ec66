"""The files that serving reads afresh at each start: the store's address and the endpoints.

They are small; a trained bot starts without reading its training data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import ConfigErrors
from bot.formats.config import read_config
from bot.formats.credentials import places_of, read_credentials
from bot.formats.endpoints import read_endpoints
from bot.project import Endpoint, Place, Settings
from bot.yamlsource import Report, Source, read_file

_CONFIG = ("config.yml", "config.yaml")
_FOLDERS = ("", "training_data/")
_ENDPOINTS = tuple(f"{folder}endpoints.{end}" for folder in _FOLDERS for end in ("yml", "yaml"))
_CREDENTIALS = tuple(f"{folder}credentials.{end}" for folder in _FOLDERS for end in ("yml", "yaml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What a server needs to know beside its trained bot."""

    settings: Settings
    endpoints: Mapping[str, Endpoint]
    channels: Mapping[str, Mapping[str, Any]]
    """Channel name → its settings, from `config.yml` and `credentials.yml`, which wins."""
    channel_places: Mapping[str, Place] = field(default_factory=dict[str, Place])
    """Where the channels of `credentials.yml` and their settings are written."""


def load_service(
    folder: Path, *, endpoints: Path | None = None, credentials: Path | None = None
) -> ServiceSettings:
    """Return the settings of the project in `folder`; defaults where a file is missing.

    `endpoints` and `credentials` name other files than the project's own.

    Raises:
        ConfigErrors: all mistakes of both files.
    """
    report = Report()
    config = _first(folder, _CONFIG, report)
    config_file = read_config(config) if config else None
    endpoint_file = _given(endpoints, report) or _first(folder, _ENDPOINTS, report)
    channel_file = _given(credentials, report) or _first(folder, _CREDENTIALS, report)
    channels = config_file.channels if config_file else {}
    service = ServiceSettings(
        settings=config_file.settings if config_file else Settings(),
        endpoints=read_endpoints(endpoint_file) if endpoint_file else {},
        channels={**channels, **(read_credentials(channel_file) if channel_file else {})},
        channel_places=places_of(channel_file) if channel_file else {},
    )
    if report.errors:
        raise ConfigErrors(report.errors)
    return service


def settings_of(folder: Path, config: Path | None = None) -> Settings:
    """Return what the configuration of the project in `folder` says; defaults without a file.

    Raises:
        ConfigErrors: all mistakes of the file.
    """
    report = Report()
    names = (str(config),) if config else _CONFIG
    source = _first(folder, names, report)
    settings = read_config(source).settings if source else Settings()
    if report.errors:
        raise ConfigErrors(report.errors)
    return settings


def _given(path: Path | None, report: Report) -> Source | None:
    return read_file(path, str(path), report) if path and path.is_file() else None


def _first(folder: Path, names: tuple[str, ...], report: Report) -> Source | None:
    name = next((name for name in names if (folder / name).is_file()), None)
    return read_file(folder / name, name, report) if name else None

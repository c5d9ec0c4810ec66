"""The files that serving reads afresh at each start: the store's address and the endpoints.

They are small; a trained bot starts without reading its training data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ConfigErrors
from bot.formats.config import read_config
from bot.formats.endpoints import read_endpoints
from bot.project import Endpoint, Settings
from bot.yamlsource import Report, Source, read_file

_CONFIG = ("config.yml", "config.yaml")
_ENDPOINTS = (
    "endpoints.yml",
    "endpoints.yaml",
    "training_data/endpoints.yml",
    "training_data/endpoints.yaml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What a server needs to know beside its trained bot."""

    settings: Settings
    endpoints: Mapping[str, Endpoint]


def load_service(folder: Path) -> ServiceSettings:
    """Return the settings of the project in `folder`; defaults where a file is missing.

    Raises:
        ConfigErrors: all mistakes of both files.
    """
    report = Report()
    config = _first(folder, _CONFIG, report)
    endpoints = _first(folder, _ENDPOINTS, report)
    service = ServiceSettings(
        settings=read_config(config).settings if config else Settings(),
        endpoints=read_endpoints(endpoints) if endpoints else {},
    )
    if report.errors:
        raise ConfigErrors(report.errors)
    return service


def _first(folder: Path, names: tuple[str, ...], report: Report) -> Source | None:
    name = next((name for name in names if (folder / name).is_file()), None)
    return read_file(folder / name, name, report) if name else None

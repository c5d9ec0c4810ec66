"""Every channel tells what it is, and hides no unfinished work."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from bot.registry import _CHANNELS, channel_class
from connectors.channel import Capabilities
from connectors.manifest import RULES, Manifest

FOLDER = Path(__file__).parents[2] / "connectors"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/channel.py"))
NOT_YET: set[str] = set()
"""Channels that have no manifest yet; whoever adds one takes its name out here."""


def manifest_of(name: str) -> Manifest:
    return importlib.import_module(f"connectors.{name}.manifest").MANIFEST


MANIFESTS = [name for name in NAMES if (FOLDER / name / "manifest.py").is_file()]


def test_every_channel_has_a_manifest() -> None:
    assert set(NAMES) - set(MANIFESTS) <= NOT_YET
    assert not NOT_YET & set(MANIFESTS)


def test_every_channel_is_registered() -> None:
    assert set(NAMES) <= set(_CHANNELS)


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_manifest_is_that_of_its_folder_and_class(name: str) -> None:
    assert manifest_of(name).name == name
    assert channel_class(name).name == name
    assert isinstance(channel_class(name).capabilities, Capabilities)


@pytest.mark.parametrize("name", MANIFESTS)
def test_secrets_are_settings_and_are_never_shown(name: str) -> None:
    settings = channel_class(name).Settings
    for secret in manifest_of(name).secrets:
        assert "Secret" in str(settings.model_fields[secret].annotation), secret
    named = {key for key in settings.model_fields if "token" in key or "secret" in key}
    assert named <= set(manifest_of(name).secrets)


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_rule_is_kept_or_has_its_reason(name: str) -> None:
    quality = manifest_of(name).quality

    assert set(quality) == set(RULES)
    assert all(item.reason for item in quality.values() if item.status != "done")

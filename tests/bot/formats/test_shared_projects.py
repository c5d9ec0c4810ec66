"""Public projects and recorded verdicts of Rasa, where their folder is at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.formats.project import load_project, read_project

_DEFAULT = Path(__file__).parents[3].parent / "shared"
_SHARED = Path(os.environ.get("FRONTDESK_SHARED") or _DEFAULT)
_BOTS = ("rasa_examples", "financial_demo", "form_examples_3x", "zh_moodbot_rasa_chinese")
_OTHERS_FIND = ("two_rules", "rule_vs_story_later", "incomplete_loop", "text_slot_values")
"""Contradictions, which only the policies can see."""

if not (_SHARED / "golden").is_dir():
    pytest.skip(
        f"no shared projects at {_SHARED}; set FRONTDESK_SHARED to their folder",
        allow_module_level=True,
    )


def _cases() -> list[tuple[Path, dict[str, Any]]]:
    """Return the recorded cases with what they need."""
    paths = sorted((_SHARED / "golden").glob("*/case.json"))
    return [(path.parent, json.loads(path.read_text())) for path in paths]


def _name(item: object) -> str:
    """Return what a test is called for: the folder of its case."""
    is_project = isinstance(item, Path) and item.name == "project"
    return (item.parent if is_project else item).name if isinstance(item, Path) else ""


def _variants() -> list[tuple[Path, dict[str, Any]]]:
    """Return the projects that Rasa accepted or refused."""
    found: list[tuple[Path, dict[str, Any]]] = []
    for folder, case in _cases():
        if case.get("kind") == "train":
            expected = json.loads((folder / "expected.json").read_text())
            variants = expected.get("variants", expected)
            items = variants if isinstance(variants, list) else list(variants.values())
            found += [(folder / item["project"], item) for item in items]
    return found


_PROJECTS = [
    path.parent
    for name in _BOTS
    for path in sorted((_SHARED / "rasa_bots" / name).rglob("config.yml"))
]
_DIALOGUES = [(path / "project", case) for path, case in _cases() if case.get("kind") != "train"]


@pytest.mark.parametrize("folder", _PROJECTS, ids=lambda path: path.name)
def test_a_public_project_loads(folder: Path) -> None:
    project = load_project(folder)

    assert project.domain.intents
    assert project.understanding.examples


@pytest.mark.parametrize(("folder", "case"), _DIALOGUES, ids=_name)
def test_a_recorded_project_loads(
    folder: Path, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (case.get("env") or {}).items():
        monkeypatch.setenv(name, value)

    assert load_project(folder, domain=case.get("domain")).domain.intents


@pytest.mark.parametrize(("folder", "variant"), _variants(), ids=_name)
def test_a_project_is_refused_where_rasa_refuses_it(
    folder: Path, variant: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (variant.get("env") or {}).items():
        monkeypatch.setenv(name, value)

    _, report = read_project(folder)

    is_refused = variant["exit_code"] != 0 and folder.name not in _OTHERS_FIND
    assert bool(report.errors) == is_refused
    if is_refused:
        text = "\n".join(map(str, (*report.errors, *report.warnings)))
        assert [word for word in variant["mentions"] if word not in text] == []

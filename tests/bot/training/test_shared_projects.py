"""Every public project trains without an edit, and answers a rule of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.cli.train import ensure_trained
from bot.formats.project import load_project
from bot.training.conflicts import check_rules, conflicts
from bot.training.train import load_trained

_DEFAULT = Path(__file__).parents[3].parent / "shared"
_SHARED = Path(os.environ.get("FRONTDESK_SHARED") or _DEFAULT)
_BOTS = ("rasa_examples", "financial_demo", "form_examples_3x", "zh_moodbot_rasa_chinese")
_PROJECTS = [
    path.parent
    for name in _BOTS
    for path in sorted((_SHARED / "rasa_bots" / name).rglob("config.yml"))
]

if not _PROJECTS:
    pytest.skip(
        f"no projects at {_SHARED}; set FRONTDESK_SHARED to the shared folder",
        allow_module_level=True,
    )


def test_all_public_projects_are_there() -> None:
    assert len(_PROJECTS) == 14


@pytest.mark.parametrize("folder", _PROJECTS, ids=lambda path: path.name)
def test_a_public_project_has_neither_mistakes_nor_conflicts(folder: Path) -> None:
    project = load_project(folder)

    check_rules(project)

    assert conflicts(project) == ()


@pytest.mark.parametrize("folder", _PROJECTS, ids=lambda path: path.name)
def test_a_public_project_trains_unmodified(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "project"
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    project = load_project(copy)

    bot = load_trained(ensure_trained(copy))

    example = next(item for item in project.understanding.examples if item.intent)
    assert bot.understanding.understand(example.text).intent.name
    assert bot.dialogue.policies
    assert bot.domain.intents.keys() == project.domain.intents.keys()

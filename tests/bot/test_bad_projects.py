"""Mistakes in a project are told all at once, with their places, and nothing is written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, copy_shipped_bot


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *command, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_every_mistake_is_told_with_its_place_and_nothing_is_written(tmp_path: Path) -> None:
    folder = copy_shipped_bot(tmp_path / "bot")
    data = folder / "training_data"
    change(folder / "config.yml", "store:\n", "stroe: {}\nstore:\n")
    change(data / "domain.yml", "intents:\n", "intents:\n  - never_said\n")
    change(data / "domain.yml", "required_slots:\n", "required_slots:\n      - no_such_slot\n")
    (data / "faq.yml").write_text("faq: []\n", "utf-8")
    (data / "nlu" / "empty.en.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: stop\n  examples: |\n', "utf-8"
    )

    done = run(folder, "run")

    assert done.returncode == 1
    told = done.stderr.strip().splitlines()
    for place, words in (
        ("config.yml:", "unknown key `stroe`; did you mean `store`?"),
        ("training_data/domain.yml:", "the intent `never_said` has no examples"),
        ("training_data/domain.yml:", "requires the unknown slot `no_such_slot`"),
        ("training_data/nlu/empty.en.yml:3:3:", "the intent `stop` has no examples"),
        ("training_data/faq.yml:", ""),
    ):
        assert any(line.startswith(place) and words in line for line in told), (words, told)
    assert not (folder / ".frontdesk").exists()


def test_malformed_yaml_names_file_line_and_column(tmp_path: Path) -> None:
    folder = copy_shipped_bot(tmp_path / "bot")
    (folder / "training_data" / "broken.yml").write_text("rules:\n- rule: a\n  steps: [\n", "utf-8")

    done = run(folder, "train")

    assert done.returncode == 1
    assert done.stderr.startswith("training_data/broken.yml:4:1: malformed YAML")


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "train")

    assert done.returncode == 1
    assert "config.yml:1:1: the file does not exist" in done.stderr
    shutil.rmtree(tmp_path)

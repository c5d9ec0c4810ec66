"""`frontdesk test` gives Rasa's verdicts and writes Rasa's files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.bot.cli.projects import ROOT, frontdesk, write_project

SHARED = Path(os.environ.get("FRONTDESK_SHARED") or ROOT.parent / "shared")
GOLDEN = SHARED / "golden"

STORIES = """\
version: "3.1"
stories:
- story: passes with a form
  steps:
  - user: |
      order the [lamp](item)
    intent: order
  - action: order_form
  - active_loop: order_form
  - active_loop: null
  - action: utter_ordered
- story: says the wrong thing
  steps:
  - intent: greet
  - action: utter_bye
- story: is misread
  steps:
  - user: |
      goodbye lamp
    intent: greet
  - action: utter_greet
"""
CORE_FAILURES = """\
version: "3.1"
stories:
- story: says the wrong thing (tests/test_stories.yml)
  steps:
  - intent: greet
  - action: utter_bye  # predicted: utter_greet
  - action: action_listen  # predicted: action_default_fallback
"""
MISREAD = """\
- story: is misread (tests/test_stories.yml)
  steps:
  - intent: greet  # predicted: bye: goodbye [lamp](item)
  - action: utter_greet
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "desk", **{"tests/test_stories.yml": STORIES})


def _recorded() -> list[str]:
    found = sorted(GOLDEN.glob("*/case.json"))
    return [path.parent.name for path in found if json.loads(path.read_text()).get("test_core")]


REASON = f"no recordings at {GOLDEN}; set FRONTDESK_SHARED to the folder above them"


@pytest.mark.parametrize("case", _recorded() or [pytest.param("", marks=pytest.mark.skip(REASON))])
def test_a_recorded_verdict_is_given_again(case: str, tmp_path: Path) -> None:
    folder = tmp_path / case
    shutil.copytree(GOLDEN / case / "project", folder)
    wanted = json.loads((GOLDEN / case / "expected.json").read_text())["test_core"]

    done = frontdesk(folder, "test", "core", "-s", "tests", "--no-plot")

    assert done.returncode == wanted["exit_code"], done.stderr
    report = json.loads((folder / "results/story_report.json").read_text())
    assert report.keys() == wanted["story_report"].keys()
    for name, row in wanted["story_report"].items():
        assert report[name] == pytest.approx(row), name
    failed = (folder / "results/failed_test_stories.yml").read_text()
    assert failed.split() == wanted["failed_test_stories"].split()


def test_core_takes_the_intents_of_the_stories_for_granted(project: Path) -> None:
    done = frontdesk(project, "test", "core", "--successes")

    assert done.returncode == 0, done.stderr
    assert "Test stories: 2 of 3 passed" in done.stdout
    assert "tests/test_stories.yml:15" in done.stdout
    results = project / "results"
    assert (results / "failed_test_stories.yml").read_text() == CORE_FAILURES
    assert "passes with a form" in (results / "successful_test_stories.yml").read_text()
    assert (results / "stories_with_warnings.yml").read_text().startswith("# No warnings")
    assert (results / "story_confusion_matrix.png").read_bytes().startswith(b"\x89PNG")
    accuracy = json.loads((results / "story_report.json").read_text())["conversation_accuracy"]
    assert accuracy == {
        "accuracy": pytest.approx(2 / 3), "correct": 2, "with_warnings": 0, "total": 3,
    }  # fmt: skip


def test_a_plain_test_reads_the_texts_and_tests_understanding(project: Path) -> None:
    done = frontdesk(project, "test", "--successes")

    assert done.returncode == 0, done.stderr
    results = project / "results"
    assert (results / "failed_test_stories.yml").read_text() == CORE_FAILURES + MISREAD
    report = json.loads((results / "intent_report.json").read_text())
    assert report["greet"]["confused_with"] == {}
    assert report["weighted avg"]["support"] == 8
    entities = json.loads((results / "RegexEntityExtractor_report.json").read_text())
    assert entities["item"]["recall"] == 1.0
    for name in ("intent_confusion_matrix", "intent_histogram",
                 "RegexEntityExtractor_confusion_matrix"):  # fmt: skip
        assert (results / f"{name}.png").is_file()


def test_misread_examples_are_written_with_what_was_found(project: Path) -> None:
    nlu = project / "data/nlu.yml"
    nlu.write_text(nlu.read_text().replace("    - goodbye\n", "    - goodbye\n    - hello you\n"))

    frontdesk(project, "test", "nlu", "--no-plot")

    errors = json.loads((project / "results/intent_errors.json").read_text())
    assert errors == [
        {
            "text": "hello you", "intent": "bye",
            "intent_prediction": {"name": "greet", "confidence": 1.0},
        }
    ]  # fmt: skip
    assert not list((project / "results").glob("*.png"))


def test_a_difference_stops_the_test_where_that_is_wanted(project: Path) -> None:
    done = frontdesk(project, "test", "core", "--fail-on-prediction-errors")

    assert done.returncode == 1
    assert "tests/test_stories.yml:15: says the wrong thing" in done.stderr


def test_only_so_many_stories_are_played(project: Path) -> None:
    done = frontdesk(project, "test", "core", "--max-stories", "1", "--no-plot", "--no-errors")

    assert "Test stories: 1 of 1 passed" in done.stdout
    assert not (project / "results/failed_test_stories.yml").exists()


def test_a_project_without_test_stories_is_told_so(tmp_path: Path) -> None:
    done = frontdesk(write_project(tmp_path / "desk"), "test", "--no-plot")

    assert done.returncode == 0, done.stderr
    assert "No test stories were found" in done.stdout


def test_a_broken_test_story_is_refused_with_its_place(project: Path) -> None:
    bad = project / "more/test_bad.yml"
    bad.parent.mkdir()
    bad.write_text("stories:\n- story: bad\n  steps:\n  - intnt: greet\n")

    done = frontdesk(project, "test", "core", "-s", "more")

    assert done.returncode == 1
    assert "more/test_bad.yml:4:5" in done.stderr
    assert "did you mean `intent`" in done.stderr


def test_cross_validation_tests_every_example_once(project: Path) -> None:
    done = frontdesk(project, "test", "nlu", "--cross-validation", "-f", "2", "--no-plot")

    assert done.returncode == 0, done.stderr
    assert "Cross-validation, 2 folds" in done.stdout
    report = json.loads((project / "results/intent_report.json").read_text())
    assert report["weighted avg"]["support"] == 8


def test_too_many_folds_are_refused(project: Path) -> None:
    done = frontdesk(project, "test", "nlu", "--cross-validation", "-f", "9")

    assert done.returncode == 1
    assert "set --folds lower" in done.stderr


def test_several_configurations_are_compared(project: Path) -> None:
    config = (project / "config.yml").read_text()
    (project / "other.yml").write_text(config.replace("- name: RegexEntityExtractor\n", ""))

    done = frontdesk(
        project, "test", "nlu", "-c", "config.yml", "other.yml", "-r", "2", "-p", "0", "50"
    )

    assert done.returncode == 0, done.stderr
    results = json.loads((project / "results/results.json").read_text())
    assert {name: [len(run) for run in runs] for name, runs in results.items()} == {
        "config": [2, 2], "other": [2, 2],
    }  # fmt: skip
    assert (project / "results/nlu_model_comparison_graph.png").is_file()

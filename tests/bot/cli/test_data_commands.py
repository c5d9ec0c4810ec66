"""`frontdesk data split`, `data convert` and `visualize`, as typed in a terminal."""

from __future__ import annotations

from pathlib import Path

from bot.formats.converters.convert import read_foreign
from tests.bot.cli.projects import frontdesk, write_project


def test_examples_are_split_by_intent_and_lose_nothing(tmp_path: Path) -> None:
    project = write_project(tmp_path / "desk")

    for _ in range(2):
        done = frontdesk(project, "data", "split", "nlu", "--random-seed", "7")
        assert done.returncode == 0, done.stderr

    learnt, _ = read_foreign(project / "train_test_split/training_data.yml", "en")
    tested, _ = read_foreign(project / "train_test_split/test_data.yml", "en")
    whole, _ = read_foreign(project / "data/nlu.yml", "en")
    assert {e.intent for e in learnt.examples} == {e.intent for e in tested.examples}
    assert sorted(e.text for e in (*learnt.examples, *tested.examples)) == sorted(
        e.text for e in whole.examples
    )
    assert learnt.lookups == whole.lookups
    assert any(e.entities for e in (*learnt.examples, *tested.examples))


def test_examples_are_split_without_the_rest_of_a_project(tmp_path: Path) -> None:
    project = write_project(tmp_path / "desk")
    for name in ("config.yml", "domain.yml"):
        (project / name).unlink()

    done = frontdesk(project, "data", "split", "nlu")
    missing = frontdesk(project, "data", "split", "nlu", "-u", "nowhere")
    nothing = frontdesk(project, "data", "split", "nlu", "-u", "data/rules.yml")

    assert done.returncode == 0, done.stderr
    assert (missing.returncode, nothing.returncode) == (1, 1)
    assert missing.stderr == "nowhere does not exist; check the path after --nlu\n"
    assert nothing.stderr.startswith("no examples in data/rules.yml")


def test_stories_are_split_and_a_missing_place_is_told(tmp_path: Path) -> None:
    project = write_project(tmp_path / "desk")

    done = frontdesk(project, "data", "split", "stories", "--out", "halves")
    missing = frontdesk(project, "data", "split", "stories", "-s", "nowhere")

    assert done.returncode == 0, done.stderr
    assert (project / "halves/train_stories.yml").is_file()
    assert missing.returncode == 1
    assert "nowhere" in missing.stderr


def test_yaml_becomes_json_and_yaml_again(tmp_path: Path) -> None:
    project = write_project(tmp_path / "desk")

    for source, target, form in (("data", "a.json", "json"), ("a.json", "b.yml", "yaml")):
        done = frontdesk(
            project, "data", "convert", "nlu", "--data", source, "--out", target, "-f", form
        )
        assert done.returncode == 0, done.stderr

    first, _ = read_foreign(project / "data/nlu.yml", "en")
    last, _ = read_foreign(project / "b.yml", "en")
    assert [(e.text, e.intent, e.entities) for e in last.examples] == [
        (e.text, e.intent, e.entities) for e in first.examples
    ]
    assert last.lookups == first.lookups


def test_the_stories_are_drawn(tmp_path: Path) -> None:
    project = write_project(tmp_path / "desk")

    done = frontdesk(project, "visualize", "--out", "page.html", "--max-history", "1")

    assert done.returncode == 0, done.stderr
    assert "Drew 1 stories with 1 steps" in done.stderr
    assert "utter_greet" in (project / "page.html").read_text()

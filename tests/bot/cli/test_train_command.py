"""`frontdesk train` with Rasa's options, over the starter that `frontdesk init` writes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.cli.init import copy_starter
from bot.cli.main import main
from bot.cli.places import models_folder
from bot.cli.rasa_options import with_effect
from bot.cli.train import ensure_trained, package_to_serve
from bot.errors import BotError, ModelError
from bot.training.package import peek


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starter")
    copy_starter(folder)
    ensure_trained(folder)
    return folder


@pytest.fixture
def folder(starter: Path, tmp_path: Path) -> Path:
    copy_starter(tmp_path)
    os.symlink(starter / ".frontdesk", tmp_path / ".frontdesk")
    return tmp_path


def frontdesk(*arguments: str | Path) -> int:
    """Return the exit code of a command."""
    with pytest.raises(SystemExit) as raised:
        main([str(argument) for argument in arguments])
    code = raised.value.code
    return code if isinstance(code, int) else 0


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in models_folder(folder).glob("*.tar.gz"))


def test_the_starter_trains_without_warnings_but_of_what_actions_say(
    starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frontdesk("data", "validate", starter) == 0

    told = [line for line in capsys.readouterr().err.splitlines() if ": " in line]
    assert [line for line in told if "unless an action says it" not in line] == []


def test_an_unchanged_project_keeps_its_package(
    starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = made(starter)

    assert frontdesk("train", starter) == 0

    assert made(starter) == before
    assert capsys.readouterr().out.strip().endswith(before[-1])


def test_the_parts_that_came_from_the_cache_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "data/rules.yml").read_text("utf-8")
    (folder / "data/rules.yml").write_text(text.replace("utter_hours", "utter_prices"), "utf-8")

    assert frontdesk("train", folder) == 0

    told = " ".join(capsys.readouterr().err.split())
    assert "dialogue trained" in told
    assert "understanding unchanged, from the cache" in told


def test_dry_run_tells_by_its_exit_code(folder: Path) -> None:
    assert frontdesk("train", folder, "--dry-run") == 0
    assert frontdesk("train", folder, "--dry-run", "--force") == 8
    text = (folder / "data/nlu.yml").read_text("utf-8")
    (folder / "data/nlu.yml").write_text(text.replace("- hello\n", "- hello you\n"), "utf-8")
    assert frontdesk("train", folder, "--dry-run") == 1
    assert made(folder) == []


def test_names_and_folders_are_the_users(folder: Path) -> None:
    assert frontdesk("train", folder, "--out", "elsewhere", "--fixed-model-name", "mine") == 0

    assert [path.name for path in (folder / "elsewhere").iterdir()] == ["mine.tar.gz"]


def test_data_may_be_several_files(folder: Path) -> None:
    data = [folder / f"data/{name}.yml" for name in ("nlu", "rules", "stories")]

    assert frontdesk("train", folder, "--data", *data, "-d", folder / "domain.yml") == 0
    assert frontdesk("train", folder, "--data", data[0], "-d", folder / "absent.yml") == 1


@pytest.mark.parametrize(("what", "prefix"), [("nlu", "nlu-"), ("core", "core-")])
def test_a_part_can_be_trained_alone(folder: Path, what: str, prefix: str) -> None:
    assert frontdesk("train", what, folder) == 0

    (name,) = made(folder)
    assert name.startswith(prefix)
    assert peek(models_folder(folder) / name).scope == what


def test_understanding_needs_no_domain(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "domain.yml").unlink()

    assert frontdesk("train", "nlu", folder) == 0
    assert "unknown" not in capsys.readouterr().err
    assert frontdesk("train", "core", folder) == 1
    assert "domain.yml:1:1: the project has no domain" in capsys.readouterr().err


def test_warnings_can_be_mistakes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert frontdesk("train", folder, "--fail-on-validation-warnings") == 1

    assert "utter_booked" in capsys.readouterr().err
    assert made(folder) == []


def test_conflicting_stories_are_told_with_their_names(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "data/stories.yml").read_text("utf-8")
    steps = "    steps:\n      - intent: greet\n      - action: utter_hours\n"
    (folder / "data/stories.yml").write_text(f"{text}\n  - story: hours first\n{steps}", "utf-8")

    assert frontdesk("data", "validate", folder, "--fail-on-warnings") == 1
    told = capsys.readouterr().err
    assert "the stories conflict after the intent `greet`" in told
    assert "`utter_hours` follows in `hours first`" in told
    assert frontdesk("data", "validate", "stories", folder, "--fail-on-warnings") == 1


def test_options_without_effect_say_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert frontdesk("train", folder, "--finetune", "--epoch-fraction", "0.5") == 0

    told = " ".join(capsys.readouterr().err.split())
    assert "--finetune has no effect: unchanged parts are kept anyway" in told


def test_several_configurations_are_for_comparing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frontdesk("train", folder, "-c", "config.yml", "other.yml") == 2
    assert "compares several" in " ".join(capsys.readouterr().err.split())


def test_missing_keys_are_written_as_comments(folder: Path) -> None:
    (folder / "config.yml").write_text("language: en\nassistant_id: a\npipeline:\n", "utf-8")

    assert frontdesk("train", "core", folder) == 0

    text = (folder / "config.yml").read_text("utf-8")
    assert "#   - name: DIETClassifier" in text
    assert "policies:\n#" in text


def test_in_rasas_layout_the_newest_package_is_served(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = ensure_trained(folder)
    text = (folder / "domain.yml").read_text("utf-8")
    (folder / "domain.yml").write_text(text.replace("safe riding", "see you"), "utf-8")
    capsys.readouterr()

    assert package_to_serve(folder) == package
    assert "changed since" in capsys.readouterr().err
    assert package_to_serve(folder, package.parent) == package
    assert package_to_serve(folder, package) == package


def test_a_named_package_must_exist(folder: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        package_to_serve(folder, folder / "absent.tar.gz")
    with pytest.raises(ModelError, match="holds no trained bot"):
        package_to_serve(folder, folder / "data")


def test_init_writes_no_file_over_another(folder: Path) -> None:
    with pytest.raises(BotError, match="exists; choose an empty folder"):
        copy_starter(folder)


def test_init_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("init", "--init-dir", tmp_path / "new", "--no-prompt", "--no-train")

    assert frontdesk(*arguments) == 0

    assert (tmp_path / "new/tests/test_stories.yml").is_file()
    assert "frontdesk shell" in capsys.readouterr().out
    assert frontdesk(*arguments) == 1


def test_a_rasa_option_loses_its_values_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    args = ["--finetune", "models", "--out", "x", "--epoch-fraction=0.5", "--force"]

    assert list(with_effect("train", args)) == ["--out", "x", "--force"]
    assert list(with_effect("shell", ["--cors", "a", "b", "-m", "x"])) == ["-m", "x"]
    assert list(with_effect("run", ["-p", "1"])) == ["-p", "1"]
    assert "--cors has no effect: the shell opens no port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--fixed-model-name", "../bot"), 2, "`../bot` is no file name"),
        (("--out", "/proc/none"), 1, "/proc/none: No such file or directory; check the path"),
        (("-d", "none.yml"), 1, "none.yml:1:1: the path does not exist"),
    ],
)
def test_a_wrong_path_is_one_line(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    assert frontdesk("train", folder, *arguments) == code

    shown = capsys.readouterr().err
    assert told in " ".join(shown.replace("│", " ").split())
    assert "unknown intent" not in shown


def test_training_without_any_data_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "data")

    assert frontdesk("train", folder) == 1
    assert "there is no training data; name its place with --data" in capsys.readouterr().err


def test_training_a_part_without_data_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frontdesk("train", "nlu", folder, "--nlu", "data/rules.yml") == 1
    assert "there are no examples to train on" in capsys.readouterr().err
    assert frontdesk("train", "core", folder, "--stories", "data/nlu.yml") == 1
    assert "there are no stories to train on" in capsys.readouterr().err

"""The table of commands: each can be loaded, none is imported before it runs."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.commands import COMMANDS
from bot.cli.main import Commands, load, spread


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_function_and_a_help_line(name: str) -> None:
    command = load(name)

    assert COMMANDS[name].help
    assert command.params is not None


def test_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom bot.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'uvicorn', 'sqlalchemy', 'sklearn', 'torch', 'yaml', 'bot.cli.train'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "name", "rest"),
    [
        (["train", "nlu", "--force"], "train nlu", ["--force"]),
        (["train", "./nlu"], "train", ["./nlu"]),
        (["data", "validate", "stories"], "data validate stories", []),
        (["data", "validate", "folder"], "data validate", ["folder"]),
        (
            ["train", "--data", "a", "b", "-d", "c"],
            "train",
            ["--data", "a", "--data", "b", "-d", "c"],
        ),
    ],
)
def test_the_longest_name_is_the_command(arguments: list[str], name: str, rest: list[str]) -> None:
    found, _, left = Commands().resolve_command(None, arguments)

    assert (found, left) == (name, rest)


_WORDS = st.text("abc", min_size=1, max_size=3)


@given(st.lists(st.tuples(st.sampled_from(["--data", "--out"]), st.lists(_WORDS, max_size=3))))
def test_lists_are_spread_and_nothing_is_lost(
    options: list[tuple[str, list[str]]],
) -> None:
    given_words = [word for name, values in options for word in (name, *values)]

    found = list(spread(given_words, frozenset({"--data"})))

    values = [word for word in found if not word.startswith("-")]
    assert values == [word for word in given_words if not word.startswith("-")]
    for name, told in options:
        if name == "--data":
            assert all(any(pair == ("--data", v) for pair in pairwise(found)) for v in told)


def test_without_a_command_the_help_is_shown_as_a_mistake() -> None:
    done = run()

    assert done.returncode == 1
    assert "data validate" in done.stdout


def test_a_misspelt_command_gets_the_nearest_name() -> None:
    done = run("trian")

    assert done.returncode == 2
    assert "Did you mean 'train'?" in done.stderr


def test_a_first_word_alone_names_the_second() -> None:
    done = run("data")

    assert done.returncode == 2
    assert "data validate" in done.stderr


def test_places_with_a_line_100_are_no_pictures(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "config.yml").write_text("\n" * 99 + "pipline: x\n")
    (folder / "domain.yml").write_text("intents: [a]\n")

    done = run("data", "validate", str(folder))

    assert "config.yml:100:1: unknown key `pipline`" in done.stderr


@pytest.mark.parametrize("arguments", [["-p", "99999"], ["--ssl-certificate", "none.pem"]])
def test_a_server_that_cannot_be_reached_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    done = run("run", str(tmp_path), *arguments)

    assert done.returncode == 2
    assert "Invalid value for" in done.stderr

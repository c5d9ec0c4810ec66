"""Defaults of missing keys are written into `config.yml` as comments, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.formats.autoconfig import write_defaults
from bot.formats.config import automatic_pipeline, read_config
from bot.yamlsource import Report, read_file


def pipeline(path: Path) -> list[tuple[str, dict[str, object]]]:
    source = read_file(path, path.name, Report())
    assert source is not None
    return [(item.name, dict(item.settings)) for item in read_config(source).settings.pipeline]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("language: en\n", ("pipeline", "policies")),
        ("language: en\npipeline:\npolicies:\n", ("pipeline", "policies")),
        ("policies: null # mine\nlanguage: en\npipeline:\n- name: A\n", ("policies",)),
        ("pipeline:\n# kept by its author\npolicies:\n- name: RulePolicy\n", ()),
        ("pipeline:\n- name: A\npolicies:\n- name: B\n", ()),
    ],
)
def test_missing_keys_get_their_defaults_once(
    tmp_path: Path, text: str, keys: tuple[str, ...]
) -> None:
    path = tmp_path / "config.yml"
    path.write_text(text, "utf-8")
    before = pipeline(path)

    first, second = write_defaults(path), write_defaults(path)

    assert (first, second) == (keys, ())
    assert pipeline(path) == before
    assert all(line in path.read_text("utf-8").splitlines() for line in text.splitlines())


def test_the_comments_are_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    path.write_text("language: zh\npolicies:\n- name: RulePolicy\npipeline:\n", "utf-8")
    write_defaults(path)
    lines = path.read_text("utf-8").splitlines()
    opened = [line[2:] if line.startswith("#   ") else line for line in lines]
    path.write_text("\n".join(opened) + "\n", "utf-8")

    defaults = [(item.name, dict(item.settings)) for item in automatic_pipeline("zh")]
    assert "- name" in "\n".join(opened)
    assert pipeline(path) == defaults


def test_a_broken_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    path.write_text("pipeline: [\n", "utf-8")

    assert write_defaults(path) == ()
    assert path.read_text("utf-8") == "pipeline: [\n"

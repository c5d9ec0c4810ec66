"""Domains and stories as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.formats.domain_json import (
    domain_from_dict,
    domain_to_dict,
    from_plain,
    story_from_dict,
    story_to_dict,
    to_plain,
)
from bot.formats.project import load_project
from bot.project import Understanding

_PROJECT = load_project(Path(__file__).parents[2] / "projects" / "full")


def test_a_domain_reads_back_as_it_was_written() -> None:
    data = json.loads(json.dumps(domain_to_dict(_PROJECT.domain)))

    assert domain_from_dict(data) == _PROJECT.domain


@pytest.mark.parametrize("story", _PROJECT.stories + _PROJECT.test_stories, ids=lambda s: s.name)
def test_a_story_reads_back_as_it_was_written(story: object) -> None:
    data = json.loads(json.dumps(to_plain(story)))

    assert story_from_dict(data) == story


def test_training_data_read_back() -> None:
    understanding = json.loads(json.dumps(to_plain(_PROJECT.understanding)))

    assert from_plain(Understanding, understanding) == _PROJECT.understanding


@pytest.mark.parametrize("data", [{}, {"_": "Domain", "colour": 1}, {"_": "Story", "name": "x"}])
def test_data_of_another_kind_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Domain"):
        domain_from_dict(data)


def test_a_story_names_its_class() -> None:
    assert story_to_dict(_PROJECT.stories[0])["_"] == "Story"

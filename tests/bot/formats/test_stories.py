"""What the steps of stories mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.formats.stories import read_stories
from bot.project import UserStep
from bot.yamlsource import Report, read_file

STORY = """\
stories:
- story: a lamp
  steps:
  - user: {text}
    intent: order
    entities:
    - item: chair
"""


@pytest.mark.parametrize(
    ("text", "said", "values"),
    [
        ('"the [lamp](item)"', "the lamp", ["lamp"]),
        ("""'/order{"item": ["lamp", "desk"]}'""", '/order{"item": ["lamp", "desk"]}',
         ["lamp", "desk"]),
        ('"the lamp"', "the lamp", []),
    ],
    ids=["marked", "spelt out", "none"],
)  # fmt: skip
def test_the_entities_of_a_turn_are_those_in_its_text(
    tmp_path: Path, text: str, said: str, values: list[str]
) -> None:
    file = tmp_path / "test_stories.yml"
    file.write_text(STORY.format(text=text), "utf-8")

    source = read_file(file, file.name, Report())
    assert source is not None

    (story,) = read_stories(source, is_test=True)

    (turn,) = story.steps
    assert isinstance(turn, UserStep)
    assert (turn.text, [entity.value for entity in turn.entities]) == (said, values)

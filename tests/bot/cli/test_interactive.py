"""Teaching in the terminal: what was confirmed and corrected is in the project's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.formats.project import load_project
from tests.bot.cli.projects import frontdesk, write_project

GREET = ["good morning", "", "", ""]
"""A text; its intent, the answer and listening are right."""
SAVE = ["/quit", "y", "", "", ""]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "desk")


def _teach(project: Path, *answers: str, arguments: tuple[str, ...] = ()) -> str:
    done = frontdesk(
        project, "interactive", "--skip-visualization", *arguments,
        answers="\n".join(answers) + "\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_confirmed_conversation_becomes_a_story(project: Path) -> None:
    output = _teach(project, *GREET, *SAVE)

    assert "Hello." in output
    stories = (project / "data/stories.yml").read_text()
    assert "- story: greet  # the only one\n" in stories
    assert stories.endswith(
        "- story: interactive_story_1\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
    )


def test_a_corrected_intent_and_a_new_response_reach_examples_and_domain(project: Path) -> None:
    _teach(
        project,
        "many thanks for your lamp", "thank", "y", "",
        "n", "utter_welcome", "y", "You are welcome.", "n", "action_listen",
        *SAVE,
    )  # fmt: skip

    nlu = (project / "data/nlu.yml").read_text()
    assert "# Short and friendly.\n" in nlu
    assert nlu.endswith("- intent: thank\n  examples: |\n    - many thanks for your [lamp](item)\n")
    domain = (project / "domain.yml").read_text()
    assert "# What this desk knows.\nintents: [greet, bye, order, inform, thank]\n" in domain
    assert "utter_welcome:\n  - text: You are welcome." in domain
    assert 'utter_greet: [{text: "Hello."}]' in domain
    assert "- action: utter_welcome" in (project / "data/stories.yml").read_text()
    assert load_project(project).domain.intents.keys() >= {"thank"}


def test_a_message_that_was_taken_back_leaves_nothing(project: Path) -> None:
    _teach(project, *GREET, "goodbye lamp", "", "", "", "/undo", *SAVE)

    assert "utter_bye" not in (project / "data/stories.yml").read_text()
    assert "goodbye lamp" not in (project / "data/nlu.yml").read_text()


def test_the_end_of_the_input_writes_nothing(project: Path) -> None:
    before = (project / "data/stories.yml").read_text()

    assert "Nothing was written" in _teach(project, *GREET)
    assert (project / "data/stories.yml").read_text() == before


def test_forms_and_texts_are_written_where_they_are_wanted(project: Path) -> None:
    answers = ["order the lamp", "n", "order", "", "", "", ""]

    _teach(project, *answers, *SAVE, arguments=("--e2e",))

    stories = (project / "data/stories.yml").read_text()
    assert "  - user: |\n      order the [lamp](item)\n    intent: order\n" in stories
    assert "  - action: order_form\n  - active_loop: order_form\n" in stories
    assert "  - active_loop: null\n  - action: utter_ordered\n" in stories
    assert len(load_project(project).stories) == 5


def test_the_graph_is_drawn_at_the_end(project: Path) -> None:
    done = frontdesk(project, "interactive", "core", answers="\n".join([*GREET, *SAVE]) + "\n")

    assert done.returncode == 0, done.stderr
    assert "Stories of desk" in (project / "graph.html").read_text()

"""`frontdesk test`: run the test stories, and measure intents on held-back examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.cli.replay import replay
from bot.cli.train import ensure_trained
from bot.evaluation.stories import StoryVerdict, summarise
from bot.formats.project import load_project
from bot.project import Project
from bot.training.train import load_trained

console = Console()
HELD_BACK = 0.2
SEED = 42


def test(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    out: Annotated[Path, typer.Option(help="Where the reports go.")] = Path("results"),
    skip_nlu: Annotated[bool, typer.Option(help="Only the stories.")] = False,
) -> None:
    """Test the bot: its stories, and its understanding of examples that training did not see."""
    trained = load_trained(ensure_trained(folder))
    project = load_project(folder)
    out.mkdir(parents=True, exist_ok=True)
    verdicts = [
        replay(story, trained)
        for story in track(project.test_stories, "test stories", console=console, transient=True)
    ]
    _show_stories(verdicts)
    _write(out / "story_report.json", {"conversation_accuracy": summarise(verdicts)})
    if not skip_nlu:
        _measure_intents(project, out)
    if not all(verdict.is_passed for verdict in verdicts):
        raise typer.Exit(1)


def _show_stories(verdicts: list[StoryVerdict]) -> None:
    for verdict in verdicts:
        for wrong in verdict.mismatches:
            console.print(
                f"{wrong.path}:{wrong.line}: {verdict.name}: expected {wrong.expected}, "
                f"predicted {wrong.predicted}",
                style="red",
                markup=False,
                soft_wrap=True,
            )
    passed = summarise(verdicts)
    console.print(f"Test stories: {passed['correct']} of {passed['total']} passed")


def _measure_intents(project: Project, out: Path) -> None:
    """Train on 80 % of the examples, measure on the rest, by language."""
    from bot.evaluation.intents import holdout  # imports scikit-learn

    scores = holdout(project, fraction=HELD_BACK, seed=SEED)
    table = Table("language", "held back", "accuracy", title="Intents on held-back examples")
    for language, score in scores.items():
        table.add_row(language, str(score.examples), f"{score.accuracy:.1%}")
    console.print(table)
    report = {
        language: {
            "examples": score.examples,
            "correct": score.correct,
            "accuracy": round(score.accuracy, 4),
            "fallbacks": score.fallbacks,
        }
        for language, score in scores.items()
    }
    _write(out / "intent_report.json", report)


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False), "utf-8")

"""`frontdesk test core`: plays the test stories and writes what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.text import Text

from bot.cli.testing.story_files import write_story_files
from bot.evaluation.replay import Tester
from bot.evaluation.scripts import scripts
from bot.evaluation.stories import StoryVerdict, labels, summarise
from bot.project import Story

PICTURE = "story_confusion_matrix.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreOptions:
    """What a test of stories does and writes."""

    out: Path
    max_stories: int | None = None
    successes: bool = False
    errors: bool = True
    warnings: bool = True
    plots: bool = True


def check_stories(
    stories: Sequence[Story], tester: Tester, options: CoreOptions, console: Console
) -> list[StoryVerdict]:
    """Play `stories`, write the reports and show what failed; return the verdicts.

    Raises:
        WrongPrediction: something differs and the tester stops there.
    """
    found = list(scripts(stories, tester.domain))[: options.max_stories]
    verdicts = [
        tester.play(script)
        for script in track(found, "test stories", console=console, transient=True)
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    write_story_files(
        verdicts,
        options.out,
        successes=options.successes,
        errors=options.errors,
        warnings=options.warnings,
    )
    pairs = labels(verdicts)
    if options.plots and pairs:
        from bot.evaluation.plots import confusion_matrix  # matplotlib takes half a second

        confusion_matrix(
            [expected for expected, _ in pairs],
            [predicted for _, predicted in pairs],
            options.out / PICTURE,
            title="Actions in test stories",
        )
    show_failures(verdicts, console)
    return verdicts


def show_failures(verdicts: Sequence[StoryVerdict], console: Console) -> None:
    """Print every step that went differently, with its place, and the count."""
    for verdict in verdicts:
        if not verdict.is_passed:
            _show_failure(verdict, console)
    passed = summarise(verdicts)
    is_good = passed["correct"] == passed["total"]
    told = f"Test stories: {passed['correct']} of {passed['total']} passed"
    console.print(told, style="green" if is_good else "bold red", highlight=False)
    if passed["with_warnings"]:
        told = f"{passed['with_warnings']} of them passed with an unlikely intent"
        console.print(told, style="yellow", highlight=False)


def _show_failure(verdict: StoryVerdict, console: Console) -> None:
    name, _, _ = verdict.name.rpartition(" (")
    console.print(Text.assemble(("✗ ", "red"), (name or verdict.name, "bold")), soft_wrap=True)
    for wrong in verdict.mismatches:
        line = Text.assemble(
            (f"  {wrong.path}:{wrong.line}  ", "dim"),
            f"expected {wrong.expected}, ",
            (f"predicted {wrong.predicted}", "red"),
        )
        # Not wrapped: terminals open the file at a place that is in one piece.
        console.print(line, soft_wrap=True)
    console.print()

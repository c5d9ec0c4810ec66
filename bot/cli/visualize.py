"""`frontdesk visualize`: the stories as a graph, in one page that needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.errors import BotError

console = Console(stderr=True)


def visualize(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    stories: Annotated[
        list[Path] | None, typer.Option("--stories", "-s", help="Files or folders with stories.")
    ] = None,
    domain: Annotated[Path | None, typer.Option("--domain", "-d", help="A file or folder.")] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", hidden=True)] = None,
    nlu: Annotated[Path | None, typer.Option("--nlu", "-u", hidden=True)] = None,
    out: Annotated[Path, typer.Option("--out", help="The page.")] = Path("graph.html"),
    max_history: Annotated[
        int,
        typer.Option(
            "--max-history", min=1, help="Turns that two nodes share before they are one."
        ),
    ] = 2,
) -> None:
    """Draw the stories; steps with the same history are one."""
    from bot.cli.graph_page import render
    from bot.dialogue.stories import training_dialogues
    from bot.evaluation.graph import graph_of, lay_out
    from bot.formats.project import load_project

    project = load_project(folder, config=config, domain=domain, data=stories, is_training=True)
    dialogues = [
        dialogue
        for dialogue in training_dialogues(project.stories, project.domain)
        if not dialogue.is_rule
    ]
    if not dialogues:
        raise BotError("there are no stories to draw; name their place with --stories")
    graph = graph_of(dialogues, project.domain, max_history)
    title = f"Stories of {project.folder.name}"
    out.write_text(render(graph, lay_out(graph), title), "utf-8")
    steps = len(graph.nodes) - 1
    told = f"Drew {len(dialogues)} stories with {steps} steps: {out}"
    console.print(told, markup=False, highlight=False)

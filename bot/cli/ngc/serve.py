"""`frontdesk ngc serve`: models of single tasks over HTTP, without a bot."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.ngc.options import console
from bot.errors import BotError
from bot.ngc.relations.extractor import Extractor
from bot.ngc.shipped import FOLDER, RELATIONS, SENTIMENT
from bot.ngc.tasks import folder, registry
from bot.ngc.tasks.answers import Answers
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.sample import Sample
from knowledge.languages import BilingualEmbedder

PORT = 5006


def serve(
    model: Annotated[
        list[Path] | None, typer.Option("--model", help="Folder of a model; may be repeated.")
    ] = None,
    host: Annotated[str, typer.Option("--interface", "-i", help="Address to listen on.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", "-p", min=1, max=65_535)] = PORT,
    slim: Annotated[
        bool, typer.Option("--slim", help="With little memory, and without /docs.")
    ] = False,
) -> None:
    """Serve /v1/ngc/* with trained models; sentiment and relations come along."""
    if slim and not model:
        raise BotError("--slim serves the models that are named, and none is; add --model FOLDER")
    if slim:
        # Another process image: nothing of the command line stays in memory.
        options = ["--interface", host, "--port", str(port), *map(str, model or [])]
        os.execv(sys.executable, [sys.executable, "-m", "bot.ngc.slim", *options])  # noqa: S606
    import uvicorn

    from bot.server.ngc_models import create_ngc_app

    # A given model of a task takes the place of the one that comes along.
    trained = [*shipped(), *(folder.load(place) for place in model or [])]
    for one in trained:
        # The encoders load at the first text, which should not be a customer's.
        one.predict([Sample(text="hello 你好")] if one.task != "relations" else [])
    tasks = ", ".join(dict.fromkeys(one.task for one in trained))
    console.print(f"Serving {tasks} on http://{host}:{port}/docs", markup=False, highlight=False)
    answers = Answers(trained, finder())
    uvicorn.run(create_ngc_app(answers), host=host, port=port, log_level="warning")


def shipped() -> list[Trained]:
    """Return the models that come with Frontdesk.

    Raises:
        ModelError: a file is missing or damaged.
    """
    sentiment = registry.load("light-sentiment", FOLDER / SENTIMENT)
    relations = registry.load("light-relations", FOLDER / RELATIONS / "pairs")
    return [
        Trained(task="sentiment", model=sentiment),
        Trained(task="relations", model=relations),
    ]


def finder() -> Extractor:
    """Return what finds the relations of customers' texts by itself.

    Raises:
        ModelError: a file is missing or damaged.
    """
    return Extractor.load(FOLDER / RELATIONS, BilingualEmbedder().words)

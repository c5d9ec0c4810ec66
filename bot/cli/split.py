"""`frontdesk data split nlu` and `data split stories`: a part to learn from, a part to test on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from bot.errors import BotError

console = Console(stderr=True)
T = TypeVar("T")

FolderArgument = Annotated[Path, typer.Argument(help="The project's folder.")]
FractionOption = Annotated[
    float, typer.Option("--training-fraction", min=0.01, max=0.99, help="Share to learn from.")
]
SeedOption = Annotated[
    int | None, typer.Option("--random-seed", help="The same number splits the same way again.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Where the two parts go.")]
OUT = Path("train_test_split")


def split_nlu(
    folder: FolderArgument = Path(),
    nlu: Annotated[
        list[Path] | None, typer.Option("--nlu", "-u", help="Files or folders with examples.")
    ] = None,
    training_fraction: FractionOption = 0.8,
    random_seed: SeedOption = None,
    out: OutOption = OUT,
) -> None:
    """Split the examples of each intent; synonyms, patterns and lookups go into both parts."""
    from bot.formats.nlu_files import read_examples
    from bot.formats.nlu_writer import to_yaml
    from bot.project import Example, Understanding

    whole = read_examples(folder, nlu)
    by_intent: dict[str, list[Example]] = {}
    for example in whole.examples:
        by_intent.setdefault(example.intent or "", []).append(example)
    chance = random.Random(random_seed)  # noqa: S311 - a choice of examples, not a secret
    learnt: list[Example] = []
    tested: list[Example] = []
    for examples in by_intent.values():
        kept, rest = cut(examples, training_fraction, chance)
        learnt += kept
        tested += rest
    out.mkdir(parents=True, exist_ok=True)
    for name, part in (("training_data.yml", learnt), ("test_data.yml", tested)):
        text = to_yaml(replace(whole, examples=tuple(part), responses={}))
        (out / name).write_text(text, "utf-8")
        console.print(f"Wrote {len(part)} examples to {out / name}", markup=False, highlight=False)
        if whole.responses:
            responses = to_yaml(Understanding(responses=whole.responses))
            (out / f"nlg_{name}").write_text(responses, "utf-8")


def split_stories(
    folder: FolderArgument = Path(),
    stories: Annotated[
        list[Path] | None, typer.Option("--stories", "-s", help="Files or folders with stories.")
    ] = None,
    training_fraction: FractionOption = 0.8,
    random_seed: SeedOption = None,
    out: OutOption = OUT,
) -> None:
    """Split the stories of every file in two files; rules stay for training."""
    from bot.formats.split import split_story_file, story_files

    places = [folder / place for place in stories] if stories else [folder / "data"]
    files = [path for place in places for path in story_files(place)]
    if not files:
        raise BotError(f"no stories in {', '.join(map(str, places))}; name the place with -s")
    chance = random.Random(random_seed)  # noqa: S311 - a choice of stories, not a secret
    for path in files:
        counts = split_story_file(path, out, lambda rows: cut(rows, training_fraction, chance))
        told = f"{path}: {counts[0]} stories to learn from, {counts[1]} to test on"
        console.print(told, markup=False, highlight=False)


def cut(items: Sequence[T], fraction: float, chance: random.Random) -> tuple[list[T], list[T]]:
    """Return a random `fraction` of `items`, and the rest, each in the given order.

    Two items or more give at least one to each side; a single one is there to learn from.
    """
    count = len(items)
    kept = count if count < 2 else min(count - 1, max(1, round(count * fraction)))
    rows = set(chance.sample(range(count), kept))
    return (
        [item for row, item in enumerate(items) if row in rows],
        [item for row, item in enumerate(items) if row not in rows],
    )

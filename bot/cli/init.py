"""`frontdesk init`: write a small bot to start from, and train it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import bot
from bot.cli.train import ensure_trained
from bot.errors import BotError

STARTER = Path(bot.__file__).parent / "templates" / "starter"
console = Console(emoji=False)


def init(
    init_dir: Annotated[Path | None, typer.Option("--init-dir", help="Where to write it.")] = None,
    no_prompt: Annotated[
        bool, typer.Option("--no-prompt", help="Ask nothing; take the defaults.")
    ] = False,
    trains: Annotated[bool, typer.Option("--train/--no-train", help="Train it at once.")] = True,
) -> None:
    """Write a bot in English and Chinese, with tests and actions, and train it."""
    folder = _folder(init_dir, no_prompt)
    copy_starter(folder)
    console.print(f"Wrote a bicycle workshop's bot to {folder.resolve()}.", markup=False)
    if trains and (no_prompt or typer.confirm("Train it now?", default=True)):
        ensure_trained(folder)
    steps = "" if folder.resolve() == Path.cwd() else f"  cd {folder}\n"
    console.print(
        f"What next:\n{steps}"
        "  frontdesk shell            talk to it\n"
        "  frontdesk run              serve it, with a web chat and an operator console\n"
        "  frontdesk test             run the stories in tests/\n"
        "  frontdesk train            after changes; only what changed is trained",
        markup=False,
        highlight=False,
    )


def copy_starter(folder: Path) -> None:
    """Write the files of the starter to `folder`.

    Raises:
        BotError: a project is there already; nothing was written.
    """
    files = sorted(path for path in STARTER.rglob("*") if _is_ours(path))
    names = [path.relative_to(STARTER) for path in files]
    taken = [name for name in names if (folder / name).exists()]
    if taken:
        raise BotError(f"{folder / taken[0]} exists; choose an empty folder with --init-dir")
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(STARTER / name, folder / name)


def _folder(init_dir: Path | None, no_prompt: bool) -> Path:
    """Return where the bot shall be, asking if need be."""
    if init_dir is not None or no_prompt:
        return init_dir or Path()
    answer: str = typer.prompt("Where shall the bot be written?", default=os.curdir)
    return Path(answer)


def _is_ours(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts

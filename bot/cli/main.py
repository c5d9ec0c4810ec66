"""The command line. A `BotError`, and a file that cannot be used, become one line and exit code 1.

Other errors crash.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# Threads of numerical libraries spin against each other on small machines (many times slower); must
# be set before numpy is imported anywhere.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import typer  # noqa: E402 - after the thread settings
from typer.core import TyperCommand, TyperGroup  # noqa: E402

from bot.cli.commands import COMMANDS, LISTS  # noqa: E402
from bot.cli.rasa_options import with_effect  # noqa: E402
from bot.errors import BotError  # noqa: E402

MAX_WORDS = 3
LOG_LEVELS = {
    "-v": "INFO",
    "--verbose": "INFO",
    "-vv": "DEBUG",
    "--debug": "DEBUG",
    "--quiet": "WARNING",
}
"""Rasa's options, which every command understands."""


class Commands(TyperGroup):
    """The commands of the table; the module of one is imported when it runs."""

    def __init__(self) -> None:
        """List the commands, without their options."""
        super().__init__(
            name="frontdesk",
            help="Frontdesk: a customer-service bot and the people behind it.",
            commands=[TyperCommand(name, help=item.help) for name, item in COMMANDS.items()],
            no_args_is_help=True,
        )

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the first words name, and the rest of the arguments."""
        for count in range(min(MAX_WORDS, len(args)), 0, -1):
            name = " ".join(args[:count])
            if name in COMMANDS:
                lists = LISTS.get(args[0], frozenset())
                rest = list(with_effect(name, args[count:]))
                return name, load(name), list(spread(rest, lists))
        longer = [name for name in COMMANDS if name.startswith(f"{args[0]} ")]
        if longer:
            ctx.fail(f"`{args[0]}` needs another word: {', '.join(longer)}")
        return super().resolve_command(ctx, args)


def load(name: str) -> Any:
    """Return the command `name`, importing its module."""
    module, _, function = COMMANDS[name].target.partition(":")
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    with _no_collection():
        imported = importlib.import_module(module)
    app.command(name, help=COMMANDS[name].help)(getattr(imported, function))
    return typer.main.get_command(app)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let the garbage collector rest, and never look again at what the block made.

    Imports make half a million objects that stay: searching them costs a tenth of a start, and
    a pause at every full collection afterwards.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def spread(args: Sequence[str], lists: frozenset[str]) -> Iterator[str]:
    """Iterate over `args` with the name of a list repeated before each of its values.

    Rasa's `--data a b` thus becomes `--data a --data b`.
    """
    current: str | None = None
    is_first = False
    for arg in args:
        if arg.startswith("-"):
            current, is_first = (arg if arg in lists else None), True
        elif current is not None and not is_first:
            yield current
            is_first = False
        else:
            is_first = False
        yield arg


def version() -> None:
    """Print the version."""
    from bot import __version__

    typer.echo(f"Frontdesk {__version__}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for word in [word for word in given if word in LOG_LEVELS]:
        given.remove(word)
        os.environ["FRONTDESK_LOG_LEVEL"] = LOG_LEVELS[word]
    if given == ["--version"]:
        given = ["version"]
    try:
        if not given:
            # Rasa's scripts know a call without a command by this code.
            Commands().main(["--help"], prog_name="frontdesk", standalone_mode=False)
            sys.exit(1)
        Commands().main(given, prog_name="frontdesk")
    except BotError as error:
        _tell(str(error))
        sys.exit(1)
    except OSError as error:
        # A folder that may not be written, a full disk: the user's to mend, unless it has no name.
        if error.filename is None:
            raise
        _tell(f"{error.filename}: {error.strerror}; check the path and who may write there")
        sys.exit(1)


def _tell(text: str) -> None:
    from rich.console import Console

    Console(stderr=True, emoji=False).print(text, style="red", markup=False, soft_wrap=True)

"""The command line. A `BotError` becomes its own words and exit code 1; other errors crash."""

from __future__ import annotations

import os
import sys

# Threads of numerical libraries spin against each other on small machines (many times slower); must
# be set before numpy is imported anywhere.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import typer  # noqa: E402 - after the thread settings
from rich.console import Console  # noqa: E402

from bot.cli.run import run  # noqa: E402
from bot.cli.shell import shell  # noqa: E402
from bot.cli.test import test  # noqa: E402
from bot.cli.train import train  # noqa: E402
from bot.cli.validate import validate  # noqa: E402
from bot.errors import BotError  # noqa: E402

app = typer.Typer(
    help="Frontdesk: a customer-service bot and the people behind it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(train)
app.command()(shell)
app.command()(test)
data = typer.Typer(help="Work with training data.", no_args_is_help=True)
data.command("validate")(validate)
app.add_typer(data, name="data")


@app.command()
def version() -> None:
    """Print the version."""
    from bot import __version__

    Console().print(f"Frontdesk {__version__}", highlight=False)


def main() -> None:
    """Run the command that the arguments name."""
    try:
        app()
    except BotError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(1)

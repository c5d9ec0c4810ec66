"""`frontdesk run` over a database that may not grow: what a full disk does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.cli.run import run

PAGES_LEFT = 40


@event.listens_for(Engine, "connect")
def _limit(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA page_count")
    used = cursor.fetchone()[0]
    if used > 10:
        cursor.execute(f"PRAGMA max_page_count={used + PAGES_LEFT}")
    cursor.close()


def main(folder: Path, port: Annotated[int, typer.Option()]) -> None:
    """Serve `folder`."""
    run(folder, port=port, interface="127.0.0.1")


if __name__ == "__main__":
    typer.run(main)

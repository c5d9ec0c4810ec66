"""`frontdesk data convert nlu` and `data migrate`: files of other systems and versions as ours."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.errors import BotError

console = Console(stderr=True)


class Format(StrEnum):
    """The formats that can be written."""

    yaml = "yaml"
    json = "json"


def convert_nlu(
    data: Annotated[Path, typer.Option("--data", help="A file or folder to read.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    format_: Annotated[Format, typer.Option("--format", "-f", help="What to write.")] = Format.yaml,
    language: Annotated[
        str, typer.Option("--language", "-l", help="Which language of an agent to read.")
    ] = "en",
) -> None:
    """Convert training data of Rasa, Dialogflow, LUIS or wit.ai."""
    from bot.formats.converters.convert import read_foreign
    from bot.formats.nlu_writer import to_json, to_yaml

    if not data.exists():
        raise BotError(f"{data} does not exist; check the path after --data")
    understanding, warnings = read_foreign(data, language)
    for warning in warnings:
        console.print(warning, style="yellow", markup=False, emoji=False, soft_wrap=True)
    write = to_json if format_ is Format.json else to_yaml
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(write(understanding), "utf-8")
    count = len(understanding.examples)
    console.print(f"Wrote {count} examples to {out}", markup=False, highlight=False)


def migrate_domain(
    domain: Annotated[Path, typer.Option("--domain", "-d", help="A file or folder of Rasa 2.")] = (
        Path("domain.yml")
    ),
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where to write; by default in place, with a copy beside it."),
    ] = None,
) -> None:
    """Convert a domain of Rasa 2 to the slot mappings of Rasa 3."""
    from bot.formats.domain_migration import migrate

    if not domain.exists():
        raise BotError(f"{domain} does not exist; give the domain with --domain")
    for path in migrate(domain, out):
        console.print(f"Wrote {path}", markup=False, highlight=False)

"""`frontdesk migrate`: tell line by line what a Rasa project will do differently here."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.errors import UnknownPlugin
from bot.formats.migration import Finding, Migration, examine
from bot.formats.migration_notes import KINDS, VERDICTS, Language
from bot.registry import channel_class

console = Console(emoji=False)
STYLES = {
    "same": "green", "differs": "cyan", "ignored": "dim", "missing": "red", "look": "yellow",
}  # fmt: skip


class Lang(StrEnum):
    """The languages of the findings."""

    EN = "en"
    ZH = "zh"


def migrate(
    folder: Annotated[Path, typer.Argument(metavar="PATH", help="The project's folder.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    lang: Annotated[Lang, typer.Option("--lang", help="Language of the findings.")] = Lang.EN,
) -> None:
    """Tell what a Rasa project will do differently here, without changing it."""
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder", param_hint="PATH")
    migration = examine(folder, has_channel=has_channel)
    if as_json:
        print(json.dumps(as_dict(migration, lang.value), indent=1, ensure_ascii=False))  # noqa: T201 - the command's result
    else:
        _show(migration, lang.value)
    if migration.mistakes:
        raise typer.Exit(1)


def has_channel(name: str) -> bool:
    """Return whether a channel of that name can be loaded."""
    try:
        channel_class(name)
    except UnknownPlugin:
        return False
    return True


def as_dict(migration: Migration, language: Language) -> dict[str, object]:
    """Return the findings as JSON values."""
    return {
        "findings": [
            {
                "kind": finding.kind,
                "path": finding.path,
                "line": finding.line,
                "subject": finding.subject,
                "text": finding.text[language],
            }
            for finding in migration.findings
        ],
        "mistakes": list(migration.mistakes),
        "verdict": migration.verdict,
    }


def _show(migration: Migration, language: Language) -> None:
    for finding in migration.findings:
        console.print(_line(finding, language), style=STYLES[finding.kind], markup=False,
                      soft_wrap=True, highlight=False)  # fmt: skip
    for mistake in migration.mistakes:
        console.print(mistake, style="red", markup=False, soft_wrap=True, highlight=False)
    count = len(migration.mistakes) or migration.open_count
    verdict = VERDICTS[migration.verdict][language].format(count=count)
    console.print(verdict, style="bold", markup=False, highlight=False)


def _line(finding: Finding, language: Language) -> str:
    subject = f"{finding.subject}: " if finding.subject else ""
    kind = KINDS[finding.kind][language]
    return f"{finding.path}:{finding.line}: [{kind}] {subject}{finding.text[language]}"

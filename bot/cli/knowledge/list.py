"""`frontdesk knowledge list`: what the knowledge base holds, and what could not be read."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.knowledge.options import FolderArgument, JsonOption, console
from bot.formats.service import settings_of
from bot.training.knowledge import known_problems, open_base
from knowledge.base import KnowledgeBase

MAX_ROWS = 200


@dataclass(slots=True)
class Listed:
    """A document of the base."""

    passages: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    """Language → how many passages."""


def list_documents(folder: FolderArgument = Path(), as_json: JsonOption = False) -> None:
    """List the documents of the knowledge base, and the problems of the last sync."""
    settings = settings_of(folder)
    base = open_base(folder, settings, read_only=True)
    documents = listed(base)
    problems = known_problems(folder / settings.knowledge_folder)
    if as_json:
        shown = [
            {"document": name, "passages": item.passages, "languages": dict(item.languages)}
            for name, item in documents.items()
        ]
        found = {"documents": shown, "problems": [asdict(problem) for problem in problems]}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    _tell(documents)
    for problem in problems:
        console.print(str(problem), style="yellow", markup=False, soft_wrap=True)
    if not documents and not problems:
        console.print("The knowledge base is empty; add a source with `frontdesk knowledge add`.")


def listed(base: KnowledgeBase) -> dict[str, Listed]:
    """Return the documents of a base, by their ids, in alphabetical order."""
    found: defaultdict[str, Listed] = defaultdict(Listed)
    for passage in base.passages():
        item = found[passage.document]
        item.passages += 1
        item.languages[passage.language] += 1
    return dict(sorted(found.items()))


def _tell(documents: dict[str, Listed]) -> None:
    if not documents:
        return
    table = Table("document", "passages", "languages")
    table.columns[1].justify = "right"
    for name, item in list(documents.items())[:MAX_ROWS]:
        table.add_row(name, str(item.passages), _languages(item.languages))
    if (more := len(documents) - MAX_ROWS) > 0:
        table.add_row(f"… {more} more; --json lists all", "", "")
    languages = Counter[str]()
    for item in documents.values():
        languages += item.languages
    total = sum(item.passages for item in documents.values())
    table.add_section()
    table.add_row(f"all {len(documents)}", str(total), _languages(languages))
    Console(emoji=False).print(table, markup=False)


def _languages(counts: Counter[str]) -> str:
    return ", ".join(f"{language} {count}" for language, count in counts.most_common())

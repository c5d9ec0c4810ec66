"""`frontdesk knowledge add`: name sources in config.yml, and read them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.cli.knowledge.options import ProjectOption, console
from bot.cli.knowledge.sync import sync_all
from bot.errors import BotError
from bot.formats.service import settings_of
from bot.formats.source_writer import add_source
from knowledge.sources.local import TABLE_SUFFIXES

_WEB = re.compile(r"https?://", re.IGNORECASE)
_DATABASE = re.compile(r"[a-z][a-z0-9+]*://", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{\w+\}")


class SourceType(StrEnum):
    """What a source is."""

    faq = "faq"
    files = "files"
    site = "site"
    sql = "sql"
    conversations = "conversations"


def add(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, folders, web addresses, database URLs, or the word `conversations`.",
        ),
    ],
    project: ProjectOption = Path(),
    kind: Annotated[
        SourceType | None, typer.Option("--type", help="By default told from the source.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Where a document names none.")
    ] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="May be repeated.")] = None,
    audience: Annotated[
        list[str] | None, typer.Option("--audience", help="Who may see it; may be repeated.")
    ] = None,
    query: Annotated[str | None, typer.Option("--query", help="Of a database.")] = None,
    name: Annotated[str, typer.Option("--name", help="What a query is called.")] = "query",
    syncs: Annotated[bool, typer.Option("--sync/--no-sync", help="Read it at once.")] = True,
) -> None:
    """Add sources to config.yml, and read them."""
    more = {"language": language, "tags": list(tags or ()), "audience": list(audience or ())}
    shared = {key: value for key, value in more.items() if value}
    database = {"query": query, "name": name}
    entries = [{**_entry(one, kind, project, database), **shared} for one in sources]
    config = _config(project)
    before = config.read_bytes() if config.exists() else None
    for given, entry in zip(sources, entries, strict=True):
        told = "added" if add_source(config, entry) else "is there already"
        console.print(f"{config}: {given} {told}", markup=False, highlight=False, soft_wrap=True)
    try:
        settings = settings_of(project)
    except BotError:
        _restore(config, before)
        raise
    if syncs:
        sync_all(project, settings)


def _config(project: Path) -> Path:
    """Return the configuration of the project."""
    other = project / "config.yaml"
    return other if other.exists() else project / "config.yml"


def _restore(config: Path, before: bytes | None) -> None:
    """Take back what was added to a configuration that cannot be used."""
    if before is None:
        config.unlink()
    else:
        config.write_bytes(before)


def _entry(
    source: str, given: SourceType | None, project: Path, database: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return the entry of `config.yml` for what the user named.

    Raises:
        BotError: it is nothing that could be read.
    """
    kind = given or _kind(source)
    match kind:
        case SourceType.site:
            return {"type": "site", "url": source}
        case SourceType.sql:
            return _database(source, database)
        case SourceType.conversations:
            return {"type": "conversations"}
        case _:
            path = Path(os.path.relpath(source, project)).as_posix()
            return {"type": kind.value, "path": path}


def _kind(source: str) -> SourceType:
    """Return what a source is.

    Raises:
        BotError: there is no such file.
    """
    if _WEB.match(source):
        return SourceType.site
    if _DATABASE.match(source) or _VARIABLE.fullmatch(source):
        return SourceType.sql
    path = Path(source)
    if source == SourceType.conversations and not path.exists():
        return SourceType.conversations
    if not path.exists():
        raise BotError(f"{source} does not exist; name a file, a folder or an address")
    is_table = path.is_file() and path.suffix.lower() in TABLE_SUFFIXES
    return SourceType.faq if is_table else SourceType.files


def _database(source: str, database: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the entry of a database.

    Raises:
        BotError: there is no query, or a password would be written into config.yml.
    """
    if not database["query"]:
        raise BotError("a database needs a query; add --query 'SELECT question, answer FROM …'")
    if not _VARIABLE.search(source) and _has_password(source):
        hint = "put the URL into an environment variable, and add '${KNOWLEDGE_URL}'"
        raise BotError(f"the password would be written into config.yml; {hint}")
    return {"type": "sql", "name": database["name"], "url": source, "query": database["query"]}


def _has_password(url: str) -> bool:
    try:
        return bool(make_url(url).password)
    except ArgumentError:
        return True  # nobody knows what is in it

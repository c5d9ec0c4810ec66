"""A project's knowledge: the sources that `config.yml` names, and the base that is made of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bot.config import (
    ConversationsConfig,
    FaqConfig,
    FilesConfig,
    SiteConfig,
    SourceConfig,
    SqlConfig,
)
from bot.errors import ConfigError, KnowledgeUnusable
from bot.project import Settings
from knowledge.base import KnowledgeBase, Progress
from knowledge.errors import KnowledgeError
from knowledge.files import replace
from knowledge.languages import BilingualEmbedder, primary_language
from knowledge.sources.files import MEGABYTE
from knowledge.sources.local import FolderSource, TableSource, mistakes_of
from knowledge.sources.source import Metadata, Source, SourceProblem
from knowledge.sync import Plan, Synced, plan, sync

PROBLEMS: Final = "problems.json"


def sources_of(folder: Path, configs: Sequence[SourceConfig]) -> tuple[Source, ...]:
    """Return the sources of the project in `folder`, in the order of `config.yml`."""
    made = (_MAKERS[type(config)](folder, config) for config in configs)
    return tuple(source for source in made if source is not None)


def tables_of(folder: Path, configs: Sequence[SourceConfig]) -> Iterator[TableSource]:
    """Iterate over the tables that people write by hand, whose mistakes stop a training."""
    faqs = [config for config in configs if isinstance(config, FaqConfig)]
    for source in sources_of(folder, faqs):
        if isinstance(source, TableSource):
            yield source


def mistakes_in_tables(folder: Path, configs: Sequence[SourceConfig]) -> Iterator[ConfigError]:
    """Iterate over every mistake in the tables of a project."""
    for table in tables_of(folder, configs):
        for one in mistakes_of(table):
            yield ConfigError(one.path, one.line, one.column, one.problem, hint=one.hint)


def open_base(
    folder: Path,
    settings: Settings,
    *,
    embedder: BilingualEmbedder | None = None,
    read_only: bool = False,
) -> KnowledgeBase:
    """Return the knowledge base of the project in `folder`, an empty one if there is none yet.

    Raises:
        KnowledgeUnusable: its files are damaged, or of another version.
    """
    place = folder / settings.knowledge_folder
    try:
        return KnowledgeBase.open(
            place, embedder=embedder, index=settings.knowledge_index, read_only=read_only
        )
    except KnowledgeError as error:
        raise KnowledgeUnusable(str(error)) from error


def sync_project(
    base: KnowledgeBase,
    folder: Path,
    settings: Settings,
    progress: Progress,
    *,
    is_local: bool,
) -> Synced:
    """Return what was done to bring the base of a project up to date.

    Args:
        base: The project's.
        folder: The project.
        settings: Its own.
        progress: Told what is being done.
        is_local: Look only at what takes no network and no database; the rest stays as it is.

    Raises:
        KnowledgeUnusable: the base cannot be changed.
    """
    looked_at, others = _parted(folder, settings, is_local=is_local)
    try:
        done = sync(base, plan(base, looked_at, others=others, progress=progress), progress)
    except KnowledgeError as error:
        raise KnowledgeUnusable(str(error)) from error
    place = folder / settings.knowledge_folder
    kept = [one for one in known_problems(place) if any(it.owns(one.document) for it in others)]
    _keep_problems(place, [*kept, *done.problems])
    return done


def local_plan(base: KnowledgeBase, folder: Path, settings: Settings) -> Plan:
    """Return what the files of a project and its base differ in."""
    looked_at, others = _parted(folder, settings, is_local=True)
    return plan(base, looked_at, others=others)


def unread_sources(base: KnowledgeBase, folder: Path, settings: Settings) -> Iterator[Source]:
    """Iterate over sites and databases of which the base holds nothing yet."""
    held = base.documents()
    for source in sources_of(folder, settings.knowledge_sources):
        if not source.is_local and not any(map(source.owns, held)):
            yield source


def known_problems(place: Path) -> tuple[SourceProblem, ...]:
    """Return which documents the last sync of the base in `place` could not read."""
    try:
        stored = json.loads((place / PROBLEMS).read_text("utf-8"))
        return tuple(SourceProblem(**item) for item in stored)
    except (OSError, ValueError, TypeError):
        return ()  # for people only: the next sync writes it again


def _keep_problems(place: Path, problems: Sequence[SourceProblem]) -> None:
    """Write `problems` for `known_problems`, if they are others than before."""
    if tuple(problems) != known_problems(place):
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps([asdict(one) for one in problems], ensure_ascii=False, indent=1)
        replace(place / PROBLEMS, text)


def _parted(
    folder: Path, settings: Settings, *, is_local: bool
) -> tuple[list[Source], list[Source]]:
    """Return the sources to look at, and the others."""
    sources = sources_of(folder, settings.knowledge_sources)
    looked_at = [source for source in sources if source.is_local or not is_local]
    return looked_at, [source for source in sources if source not in looked_at]


def _metadata(config: SourceConfig) -> Metadata:
    language = primary_language(config.language) if config.language else None
    return Metadata(language=language, tags=config.tags, audience=config.audience)


def _faq(folder: Path, config: FaqConfig) -> Source:
    return TableSource(
        path=folder / config.path,
        project=folder,
        metadata=_metadata(config),
        columns=config.columns,
        max_bytes=int(config.max_mb * MEGABYTE),
    )


def _files(folder: Path, config: FilesConfig) -> Source:
    return FolderSource(
        path=folder / config.path,
        project=folder,
        metadata=_metadata(config),
        patterns=config.patterns,
        url=config.url,
        max_bytes=int(config.max_mb * MEGABYTE),
    )


def _site(_folder: Path, config: SiteConfig) -> Source:
    from knowledge.sources.site import SiteSource

    return SiteSource(
        url=config.url,
        metadata=_metadata(config),
        max_pages=config.max_pages,
        per_second=config.requests_per_s,
        max_bytes=int(config.max_mb * MEGABYTE),
        timeout_s=config.timeout_s,
        allows_private=config.allow_private,
    )


def _sql(_folder: Path, config: SqlConfig) -> Source:
    from knowledge.sources.sql import SqlSource

    return SqlSource(
        id=config.name,
        url=config.url,
        query=config.query,
        metadata=_metadata(config),
        columns=config.columns,
        max_rows=config.max_rows,
        timeout_s=config.timeout_s,
    )


def _conversations(folder: Path, config: ConversationsConfig) -> Source | None:
    """Return the table of reviewed answers, None as long as there is none."""
    path = folder / config.path
    if not path.exists():
        return None
    return TableSource(path=path, project=folder, metadata=_metadata(config))


_MAKERS: Final[Mapping[type[Any], Callable[[Path, Any], Source | None]]] = {
    FaqConfig: _faq,
    FilesConfig: _files,
    SiteConfig: _site,
    SqlConfig: _sql,
    ConversationsConfig: _conversations,
}

"""Sync: only what changed is read, what vanished goes, and what cannot be read stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from knowledge import sync as module
from knowledge.base import KnowledgeBase
from knowledge.languages import BilingualEmbedder
from knowledge.sources.local import FolderSource
from knowledge.sources.source import Document, Source, SourceProblem
from knowledge.sync import Synced, plan, sync

EMBEDDER = BilingualEmbedder()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        write(
            tmp_path, f"{name}.md", f"# {name}\n\nText of {name}.\n\n## More\n\nMore of {name}.\n"
        )
    return tmp_path


def write(project: Path, name: str, text: str) -> None:
    path = project / "docs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")


def base_of(project: Path) -> KnowledgeBase:
    return KnowledgeBase.open(project / "base", embedder=EMBEDDER)


def folder(project: Path) -> Source:
    return FolderSource(path=project / "docs", project=project)


def synced(project: Path, *sources: Source, others: Sequence[Source] = ()) -> Synced:
    base = base_of(project)
    return sync(base, plan(base, sources or [folder(project)], others=others))


def texts(project: Path) -> list[str]:
    return sorted(passage.text for passage in base_of(project).passages())


def counts(done: Synced) -> tuple[int, int, int, int]:
    return done.added, done.changed, done.removed, done.unchanged


def test_the_base_follows_its_sources(project: Path) -> None:
    first, second = synced(project), synced(project)
    write(project, "a.md", "# a\n\nText of a.\n\n## New\n\nNews of a.\n")
    write(project, "d.md", "# d\n\nText of d.\n")
    (project / "docs" / "b.md").unlink()
    third = synced(project)

    assert counts(first) == (3, 0, 0, 0)
    assert counts(second) == (0, 0, 0, 3)
    assert counts(third) == (1, 1, 1, 1)
    assert texts(project) == ["More of c.", "News of a.", "Text of a.", "Text of c.", "Text of d."]


@dataclass
class Watched:
    """A source that notes what is read."""

    source: Source
    read: list[str] = field(default_factory=list)
    name: str = "watched"
    is_local: bool = True

    def owns(self, document: str) -> bool:
        return self.source.owns(document)

    def documents(self) -> Iterator[Document | SourceProblem]:
        for item in self.source.documents():
            if isinstance(item, Document):
                yield replace(item, read=lambda item=item: self._note(item))
            else:
                yield item

    def _note(self, item: Document) -> Any:
        self.read.append(item.id)
        return item.read()


def test_only_what_changed_is_read(project: Path) -> None:
    watched = Watched(folder(project))
    synced(project, watched)
    write(project, "b.md", "# b\n\nAnother text.\n")
    synced(project, watched)

    assert watched.read == ["docs/a.md", "docs/b.md", "docs/c.md", "docs/b.md"]


def test_only_new_texts_are_embedded(project: Path) -> None:
    synced(project)
    embedded: list[str] = []

    class Noting(BilingualEmbedder):
        def embed(self, texts: Sequence[str], language: str) -> Any:
            embedded.extend(texts)
            return super().embed(texts, language)

    write(project, "b.md", "# b\n\nText of b.\n\n## More\n\nSomething else.\n")
    base = KnowledgeBase.open(project / "base", embedder=Noting())
    sync(base, plan(base, [folder(project)]))

    assert embedded
    assert not any("Text of b." in text or "Text of a." in text for text in embedded)


def test_a_document_that_breaks_keeps_its_passages_and_is_told(project: Path) -> None:
    synced(project)
    write(project, "a.md", "---\nlanguage: '?'\n---\nText.\n")
    write(project, "b.md", "# b\n\nNew text of b.\n")
    broken = synced(project)

    assert counts(broken) == (0, 1, 0, 1)
    assert [str(problem) for problem in broken.problems] == [
        "docs/a.md: `?` is not a language; write a tag such as `en` or `zh`"
    ]
    assert {"Text of a.", "New text of b."} <= set(texts(project))

    write(project, "a.md", "# a\n\nMended.\n")
    assert counts(synced(project)) == (0, 1, 0, 2)
    assert "Mended." in texts(project)


def test_a_missing_folder_empties_nothing(project: Path) -> None:
    synced(project)
    before = texts(project)
    (project / "docs").rename(project / "elsewhere")

    done = synced(project)

    assert done.removed == 0
    assert texts(project) == before


def test_a_source_that_is_not_looked_at_keeps_its_documents(project: Path) -> None:
    write(project, "d.md", "# d\n\nText of d.\n")
    whole, one = folder(project), FolderSource(path=project / "docs/d.md", project=project)
    synced(project, whole)
    for name in ("a", "d"):
        (project / "docs" / f"{name}.md").unlink()

    done = synced(project, one, others=[whole])

    assert done.removed == 0
    assert "Text of a." in texts(project)


def test_a_source_that_is_no_longer_named_goes(project: Path) -> None:
    synced(project)

    one = FolderSource(path=project / "docs/a.md", project=project)

    assert synced(project, one).removed == 2
    assert texts(project) == ["More of a.", "Text of a."]


def test_of_two_sources_with_one_document_the_first_has_it(project: Path) -> None:
    one = FolderSource(path=project / "docs/a.md", project=project)

    assert counts(synced(project, one, folder(project))) == (3, 0, 0, 0)
    assert len(texts(project)) == 6


def test_new_readers_read_everything_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced(project)
    monkeypatch.setattr(module, "code_hash", lambda: "another version")

    assert counts(synced(project)) == (0, 3, 0, 0)
    assert len(texts(project)) == 6


def test_a_sync_goes_on_after_the_last_commit(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_PASSAGES", 2)
    base = base_of(project)
    commits: list[int] = []

    class Stopped(Exception):
        pass

    def stops(what: str, share: float) -> None:
        if len(base) != sum(commits):
            commits.append(len(base) - sum(commits))
        if len(commits) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        sync(base, plan(base, [folder(project)]), stops)

    assert commits == [2, 2]
    assert counts(synced(project)) == (1, 0, 0, 2)
    assert len(texts(project)) == 6


def test_the_progress_never_goes_back(project: Path) -> None:
    shares: list[float] = []
    base = base_of(project)

    def note(_what: str, share: float) -> None:
        shares.append(share)

    sync(base, plan(base, [folder(project)], progress=note), note)

    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0

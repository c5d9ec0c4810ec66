"""A folder of documents: all of them, none twice, none from elsewhere, and none too large."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from knowledge.errors import Unreadable
from knowledge.sources.local import FolderSource
from knowledge.sources.source import Document, Metadata, SourceProblem
from tests.knowledge.sources import documents

LEAVES = "is a link that leaves the folder; copy what it points to, or add that place as a source"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "docs/returns.md": b"# Returns\n\n30 days.\n",
        "docs/deep/costs.txt": b"Costs\n\nIt is free.\n",
        "docs/deep/terms.html": b"<h1>Terms</h1><p>Fair.</p>",
        "docs/handbook.pdf": documents.pdf([[("BodyText", "Hello there")]]),
        "docs/form.docx": documents.word(),
        "docs/picture.png": b"\x89PNG",
        "docs/.hidden.md": b"secret",
        "outside.md": b"secret",
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def listed(folder: Path, **options: object) -> list[Document | SourceProblem]:
    source = FolderSource(path=folder / "docs", project=folder, **options)  # type: ignore
    return list(source.documents())


def names(found: list[Document | SourceProblem]) -> list[str]:
    return [item.id for item in found if isinstance(item, Document)]


def problems(found: list[Document | SourceProblem]) -> list[str]:
    return [str(item) for item in found if isinstance(item, SourceProblem)]


def test_all_texts_below_a_folder_are_found_and_read(folder: Path) -> None:
    found = listed(folder)

    assert names(found) == [
        "docs/form.docx", "docs/handbook.pdf", "docs/returns.md", "docs/deep/costs.txt",
        "docs/deep/terms.html",
    ]  # fmt: skip
    assert all(item.read() for item in found if isinstance(item, Document))


def test_patterns_choose_files(folder: Path) -> None:
    assert names(listed(folder, patterns=("**/*.txt", "*.md"))) == [
        "docs/returns.md",
        "docs/deep/costs.txt",
    ]


def test_a_document_gets_what_the_source_says_of_it(folder: Path) -> None:
    about = Metadata(language="de", tags=("help",), audience=("partners",))
    found = listed(folder, metadata=about, url="https://shop.example/{name}?from={path}")

    (passage,) = next(item for item in found if item.id == "docs/deep/costs.txt").read()  # type: ignore

    assert (passage.language, passage.tags, passage.audience) == ("de", ("help",), ("partners",))
    assert passage.source == "https://shop.example/deep/costs?from=deep/costs.txt"


def test_the_hash_changes_with_content_and_settings_only(folder: Path) -> None:
    def hashes(**options: object) -> dict[str, str]:
        found = listed(folder, **options)
        return {item.id: item.hash for item in found if isinstance(item, Document)}

    before = hashes()
    os.utime(folder / "docs/returns.md", (0, 0))
    assert hashes() == before
    assert not set(hashes(metadata=Metadata(tags=("x",))).values()) & set(before.values())

    (folder / "docs/returns.md").write_text("# Returns\n\n14 days.\n")
    changed = {name for name, key in hashes().items() if before[name] != key}
    assert changed == {"docs/returns.md"}


def test_links_stay_in_the_folder_and_loops_end(folder: Path) -> None:
    (folder / "docs/loop").symlink_to(folder / "docs")
    (folder / "docs/deep/up").symlink_to(folder)
    (folder / "docs/leak.md").symlink_to(folder / "outside.md")
    (folder / "docs/alias.md").symlink_to(folder / "docs/returns.md")
    (folder / "docs/broken.md").symlink_to(folder / "docs/nothing.md")

    found = listed(folder)

    assert "docs/alias.md" in names(found)
    assert len(names(found)) == 6
    assert problems(found) == [
        "docs/broken.md: cannot be read: No such file or directory",
        f"docs/leak.md: {LEAVES}",
        f"docs/deep/up: {LEAVES}",
    ]


def test_a_huge_file_is_refused_by_its_size(folder: Path) -> None:
    with (folder / "docs/huge.txt").open("wb") as file:
        file.truncate(500_000_000)

    assert problems(listed(folder)) == [
        "docs/huge.txt: is larger than 50 MB; split it, or raise `max_mb`"
    ]


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "docs/pipe.txt")

    assert problems(listed(folder)) == [
        "docs/pipe.txt: is no regular file; copy what it holds into one"
    ]


def test_a_missing_folder_hides_its_documents(folder: Path) -> None:
    (problem,) = FolderSource(path=folder / "gone", project=folder).documents()

    assert isinstance(problem, SourceProblem)
    assert problem.hides_others
    assert str(problem) == "gone: does not exist; check the path in config.yml"


def test_a_folder_that_cannot_be_listed_hides_its_documents(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("deep"):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", refusing)

    (problem,) = (item for item in listed(folder) if isinstance(item, SourceProblem))

    assert problem.hides_others
    assert str(problem) == "docs/deep: cannot be listed: Permission denied; check who may read it"


def test_a_single_file_is_a_source_too(folder: Path) -> None:
    source = FolderSource(path=folder / "docs/returns.md", project=folder)

    assert names(list(source.documents())) == ["docs/returns.md"]
    assert source.owns("docs/returns.md")
    assert not source.owns("docs/deep/costs.txt")


def test_an_empty_document_is_refused(folder: Path) -> None:
    (folder / "docs/returns.md").write_text("---\ntitle: Nothing\n---\n")
    document = next(item for item in listed(folder) if getattr(item, "id", "") == "docs/returns.md")

    with pytest.raises(Unreadable, match="holds no text"):
        document.read()  # type: ignore

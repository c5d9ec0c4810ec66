"""SIGKILL while syncing leaves every document whole, old or new; mutants are found out.

Documents change all the time; the sync is killed at random and started again; after each kill the
base is opened, and each of its documents compared with what it was and what it is.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.errors import IndexDamaged
from knowledge.languages import BilingualEmbedder
from knowledge.manifest import FILE as MANIFEST
from tests.conftest import ROOT

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

DOCUMENTS, SECTIONS = 40, 3
COMMITS_BEFORE_KILL = 4
LONGEST_DELAY_S = 0.5
EMBEDDER = BilingualEmbedder()
CONFIG = "language: en\nassistant_id: a\nknowledge:\n  sources: [{type: files, path: docs}]\n"


@dataclass
class Findings:
    """What the checker found; all zero in a correct run, `kills` and `commits` aside."""

    kills: int = 0
    commits: int = 0
    """Kills after which the base had changed, though not everything had been synced."""
    damaged: int = 0
    torn: int = 0
    """Documents that were neither the old nor the new version."""
    lost: int = 0
    """Documents that were there before the kill and not after it."""
    unfinished: int = 0
    """Documents that the last, undisturbed sync did not bring up to date."""

    @property
    def faults(self) -> int:
        """Return how many promises were broken."""
        return self.damaged + self.torn + self.lost + self.unfinished


@dataclass
class Library:
    """A project whose documents change; each version of a document has words of its own."""

    folder: Path
    random: random.Random
    versions: dict[str, int] = field(default_factory=dict)

    def change(self, share: float) -> None:
        """Write a new version of some documents."""
        for number in range(DOCUMENTS):
            name = f"docs/{number}.md"
            if name not in self.versions or self.random.random() < share:
                self.versions[name] = self.versions.get(name, 0) + 1
                self._write(name)

    def texts(self, name: str, version: int) -> set[str]:
        """Return the texts of a version's passages; the first is the same in all versions."""
        later = {f"Part {part} of {name}, version {version}." for part in range(1, SECTIONS)}
        return {f"Part 0 of {name}."} | later

    def is_whole(self, name: str, texts: set[str]) -> bool:
        """Return whether these are all passages of one version of a document."""
        versions = range(1, self.versions[name] + 1)
        return any(texts == self.texts(name, version) for version in versions)

    def _write(self, name: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        texts = sorted(self.texts(name, self.versions[name]))
        path.write_text("\n\n".join(f"# Section {i}\n\n{text}" for i, text in enumerate(texts)))

    def held(self) -> dict[str, set[str]]:
        """Return what the base holds: document → the texts of its passages."""
        base = KnowledgeBase.open(self.folder / ".frontdesk" / "knowledge", embedder=EMBEDDER,
                                  read_only=True)  # fmt: skip
        found: dict[str, set[str]] = {}
        for passage in base.passages():
            found.setdefault(passage.document, set()).add(passage.text)
        return found

    def sync(self, mutant: str, *, kills: bool) -> bool:
        """Sync in a process of its own; return whether it was killed, some commits later."""
        command = [sys.executable, "-m", "tests.crash.faulty_sync", str(self.folder)]
        process = subprocess.Popen(
            [*command, "--mutant", mutant], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for _ in range(self.random.randrange(COMMITS_BEFORE_KILL) if kills else 0):
                self._await_commit(process)
            process.wait(self.random.uniform(0, LONGEST_DELAY_S) if kills else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True
        return False

    def _await_commit(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the manifest is another one than now, or the process has ended."""
        before = self._stamp()
        while self._stamp() == before and process.poll() is None:
            time.sleep(0.002)

    def _stamp(self) -> tuple[int, int]:
        manifest = self.folder / ".frontdesk" / "knowledge" / MANIFEST
        status = manifest.stat() if manifest.exists() else None
        return (status.st_mtime_ns, status.st_ino) if status else (0, 0)


def run(folder: Path, *, rounds: int, mutant: str = "none") -> Findings:
    folder.mkdir()
    (folder / "config.yml").write_text(CONFIG)
    library = Library(folder, random.Random(7))
    found = Findings()
    before: dict[str, set[str]] = {}
    for _ in range(rounds):
        library.change(0.5)
        found.kills += library.sync(mutant, kills=True)
        try:
            after = library.held()
        except IndexDamaged:
            found.damaged += 1
            return found
        found.lost += len(before.keys() - after.keys())
        found.torn += sum(not library.is_whole(name, texts) for name, texts in after.items())
        found.commits += before != after and any(
            texts != library.texts(name, library.versions[name]) for name, texts in after.items()
        )
        before = after
    library.sync(mutant, kills=False)
    final = library.held()
    found.unfinished = sum(
        final.get(name) != library.texts(name, version)
        for name, version in library.versions.items()
    )
    return found


def show(found: Findings) -> None:
    print(json.dumps(vars(found)))


def test_every_document_is_whole_after_sigkill(tmp_path: Path) -> None:
    found = run(tmp_path / "project", rounds=30)

    show(found)
    assert found.kills >= 15
    assert found.commits >= 5
    assert found.faults == 0


def test_the_mutant_that_removes_before_it_adds_is_found_out(tmp_path: Path) -> None:
    found = run(tmp_path / "project", rounds=12, mutant="two_commits")

    show(found)
    assert found.lost > 0


def test_the_mutant_that_writes_in_place_is_found_out(tmp_path: Path) -> None:
    found = run(tmp_path / "project", rounds=20, mutant="torn_manifest")

    show(found)
    assert found.damaged > 0

"""Trained parts by the key of what they were trained from, so that nothing is trained twice.

```
<folder>/<part>-<key>/      the files that the part's `save` wrote
```
A part appears under its name only when it is complete. The least recently used parts go when the
cache grows too large; removing the whole folder is always safe.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 1_000_000_000
"""As much as Rasa's cache may hold by default."""


@dataclass(frozen=True, slots=True)
class PartCache:
    """Folders of trained parts below `folder`."""

    folder: Path

    def holds(self, part: str, key: str) -> bool:
        """Return whether the part was trained from the same things before."""
        return self._place(part, key).is_dir()

    def fetch(self, part: str, key: str, target: Path) -> None:
        """Copy a part that the cache holds to `target`."""
        place = self._place(part, key)
        shutil.copytree(place, target, dirs_exist_ok=True)
        os.utime(place)

    def make(self, part: str, key: str, train: Callable[[Path], None]) -> None:
        """Keep what `train(folder)` writes; a failure leaves nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".training-", dir=self.folder))
        place = self._place(part, key)
        try:
            train(draft)
            if place.exists():
                shutil.rmtree(place)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        self._shrink(place)

    def _place(self, part: str, key: str) -> Path:
        return self.folder / f"{part}-{key[:32]}"

    def _shrink(self, newest: Path) -> None:
        """Remove the least recently used parts beyond `MAX_BYTES`, never the newest."""
        places = sorted(
            (path for path in self.folder.iterdir() if path.is_dir() and path != newest),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        used = _size(newest)
        for place in places:
            used += _size(place)
            if used > MAX_BYTES:
                shutil.rmtree(place, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

"""Files that survive a sudden end, and a lock that does not."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import IO


def flush(path: Path) -> None:
    """Wait until the disk holds the contents of a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, text: str) -> None:
    """Put `text` into a file so that any reader, at any moment, sees the old or the new one."""
    scratch = path.with_name(f"{path.name}.new")
    scratch.write_text(text, encoding="utf-8")
    flush(scratch)
    scratch.replace(path)
    flush(path.parent)


class Lock:
    """One process at a time; the others wait. The end of a process frees what it held."""

    def __init__(self, path: Path) -> None:
        """Hold where the lock's file is; it stays there."""
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Lock:
        """Wait for the lock."""
        self._file = self._path.open("a+b")
        try:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX)
        except ImportError:  # Windows
            import msvcrt

            self._file.seek(0)
            msvcrt.locking(self._file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Free the lock."""
        if self._file is not None:
            self._file.close()

"""Reads and writes what components learn: JSON and arrays, never pickle."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError


def write_json(file: Path, contents: Any) -> None:
    """Write `contents` to `file` as UTF-8 JSON."""
    file.write_text(json.dumps(contents, ensure_ascii=False), encoding="utf-8")


def read_json(file: Path) -> Any:
    """Return the contents of `file`.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file.name} of the model cannot be read; train again") from error


def write_arrays(file: Path, **arrays: NDArray[Any]) -> None:
    """Write named arrays to `file` (.npz, not compressed: reading takes longer than the disk)."""
    np.savez(file, allow_pickle=False, **arrays)


def read_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of `file`; arrays of Python objects are refused.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file.name} of the model cannot be read; train again") from error

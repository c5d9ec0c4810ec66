"""What a base consists of at one moment: a small JSON file, replaced as a whole by each commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from knowledge.errors import IndexDamaged
from knowledge.files import replace

FORMAT_VERSION: Final = 1
FILE: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The segments that count, and which of their passages do not."""

    base: str
    """A UUID: names the base where several share a server."""
    commit: int = 0
    next_row: int = 0
    """Rows are numbered from here; a number is never used twice."""
    segments: tuple[int, ...] = ()
    """Each is named by the number of its first row."""
    dead: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Segment → positions of the passages that were removed."""
    spaces: Mapping[str, str] = field(default_factory=dict)
    """Space → name of the embedder whose vectors it holds."""
    index: str = "faiss"
    """The kind of index that has the vectors."""
    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Relation → weights of the ranking learnt from the base's own questions."""
    learnt_from: int = 0
    """How many questions these were learnt from."""

    def write(self, folder: Path) -> None:
        """Make this the state of the base in `folder`."""
        contents = {"version": FORMAT_VERSION, **asdict(self)}
        replace(folder / FILE, json.dumps(contents, indent=1))


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of the base in `folder`; None if there is none.

    Raises:
        IndexDamaged: it cannot be used.
    """
    path = folder / FILE
    try:
        stored: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version = stored.pop("version")
        stored["segments"] = tuple(stored["segments"])
        stored["dead"] = {int(one): tuple(places) for one, places in stored["dead"].items()}
        stored["weights"] = {one: tuple(own) for one, own in stored["weights"].items()}
        manifest = Manifest(**stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"{path} cannot be read; delete {folder} and sync again") from error
    if version != FORMAT_VERSION:
        raise IndexDamaged(
            f"{path} has format {version}, not {FORMAT_VERSION}; delete {folder} and sync again"
        )
    return manifest

"""The models of sentiment and relations that come with Frontdesk, and what they were taught.

`python -m bot.ngc.shipped` trains them again from this project's own examples; `--check` only
tells whether the files would stay as they are.
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from bot.ngc.archive import read_json, write_json
from bot.project import FeelingExample, RelationExample

FOLDER: Final = Path(__file__).parent / "models"
SENTIMENT: Final = "sentiment"
RELATIONS: Final = "relations"
_CARD: Final = "card.json"


def digest(examples: Sequence[FeelingExample] | Sequence[RelationExample]) -> str:
    """Return the sha256 of what `examples` say; where they stand in a file does not count."""
    told = [
        [one.text, one.sentiment, one.anger]
        if isinstance(one, FeelingExample)
        else [one.text, [[e.start, e.end, e.name] for e in one.entities], one.relations]
        for one in examples
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def is_shipped(kind: str, examples: Sequence[FeelingExample] | Sequence[RelationExample]) -> bool:
    """Return whether the model that comes along knows `examples`: these very ones, or none."""
    return not examples or read_json(FOLDER / kind / _CARD)["examples"] == digest(examples)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train both models anew; return 1 if `--check` finds a difference."""
    from bot.formats.project import load_project
    from bot.ngc.relations.extractor import train_extractor
    from bot.ngc.sentiment.analyzer import train_feelings
    from knowledge.languages import BilingualEmbedder

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args(arguments)
    understanding = load_project(given.project, is_training=True).understanding
    embedder = BilingualEmbedder()
    feelings, relations = understanding.feelings, understanding.relations
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) if given.check else FOLDER
        _write(target / SENTIMENT, train_feelings(feelings, embedder), digest(feelings))
        _write(target / RELATIONS, train_extractor(relations, embedder), digest(relations))
        return _report(target) if given.check else 0


class _Saved(Protocol):
    def save(self, folder: Path) -> None:
        """Write what was learnt."""
        ...


def _write(folder: Path, learnt: _Saved, examples: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    learnt.save(folder)
    write_json(folder / _CARD, {"examples": examples})


def _report(fresh: Path) -> int:
    files = [path.relative_to(fresh) for path in sorted(fresh.rglob("*")) if path.is_file()]
    differing = [
        str(file) for file in files if not filecmp.cmp(fresh / file, FOLDER / file, shallow=False)
    ]
    print(json.dumps({"files": len(files), "differ": differing}))  # noqa: T201 - a command
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Cuts files of stories in two, with their comments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedSeq

from bot.errors import ConfigErrors
from bot.formats.roundtrip import load, save
from bot.formats.stories import read_stories
from bot.yamlsource import Report, read_file

_SUFFIXES = (".yml", ".yaml")
Cut = Callable[[list[Any]], tuple[list[Any], list[Any]]]


def story_files(place: Path) -> Iterator[Path]:
    """Yield the readable files at `place` that hold stories.

    Raises:
        ConfigErrors: a file, or a story in it, cannot be read.
    """
    report = Report()
    found = []
    paths = [place] if place.is_file() else sorted(place.rglob("*"))
    for path in paths:
        if path.suffix not in _SUFFIXES:
            continue
        source = read_file(path, str(path), report)
        if source is not None and source.root.get("stories") is not None:
            read_stories(source)
            found.append(path)
    if report.errors:
        raise ConfigErrors(report.errors)
    yield from found


def split_story_file(path: Path, out: Path, cut: Cut) -> tuple[int, int]:
    """Write `train_NAME` and `test_NAME` into `out`; return how many stories each has.

    Whatever else the file holds, such as rules, stays in the part to learn from.
    """
    document = load(path)
    learnt, tested = cut(list(document["stories"]))
    test = copy.deepcopy(document)
    for key in [key for key in test if key not in ("version", "stories")]:
        del test[key]
    document["stories"], test["stories"] = CommentedSeq(learnt), CommentedSeq(tested)
    out.mkdir(parents=True, exist_ok=True)
    save(document, out / f"train_{path.name}", like=path)
    save(test, out / f"test_{path.name}", like=path)
    return len(learnt), len(tested)

"""Adds sources of knowledge to `config.yml`; what is there keeps its comments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.formats.roundtrip import load, save


def add_source(path: Path, source: Mapping[str, Any]) -> bool:
    """Add a source to the configuration at `path`; return whether it was not there yet.

    Args:
        path: The file, made if need be.
        source: Its keys; `type` first.
    """
    document = (load(path) if path.exists() else None) or CommentedMap()
    knowledge = document.get("knowledge")
    if knowledge is None:
        knowledge = document["knowledge"] = CommentedMap()
    sources = knowledge.get("sources")
    if sources is None:
        sources = CommentedSeq()
        knowledge.insert(0, "sources", sources)
    if any(dict(known) == dict(source) for known in sources):
        return False
    sources.append(CommentedMap({key: _written(value) for key, value in source.items()}))
    save(document, path)
    return True


def _written(value: Any) -> Any:
    """Return `value` as it is written: lists on one line."""
    if not isinstance(value, list):
        return value
    items = CommentedSeq(value)
    items.fa.set_flow_style()
    return items

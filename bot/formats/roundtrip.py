"""YAML files that are changed and written back with their comments and their order."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.util import load_yaml_guess_indent

_MODE = 0o644


def load(path: Path) -> Any:
    """Return the document in `path`; what it holds may be changed in place."""
    return _yaml("").load(path.read_text("utf-8-sig"))


def save(document: Any, path: Path, *, like: Path | None = None) -> None:
    """Write `document` to `path`; whoever reads meanwhile sees the old file or the new one.

    Args:
        document: What `load` returned, or a new one.
        path: The file.
        like: The file whose indentation is taken over; by default the one that is replaced.
    """
    model = like or path
    yaml = _yaml(model.read_text("utf-8-sig") if model.exists() else "")
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.dump(document, file)
    os.chmod(name, path.stat().st_mode if path.exists() else _MODE)
    os.replace(name, path)


def _yaml(text: str) -> YAML:
    """Return what reads and writes YAML, with the indentation of `text`."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.brace_single_entry_mapping_in_flow_sequence = True  # `[{a: b}]` stays as it is
    yaml.width = 2**16  # lines stay as long as their author made them
    yaml.representer.add_representer(
        type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    _, indent, offset = load_yaml_guess_indent(text) if text.strip() else (None, None, None)
    yaml.indent(mapping=2, sequence=indent or 2, offset=offset or 0)
    return yaml

"""Front matter: the metadata that a Markdown file states between `---` lines at its top.

```markdown
---
title: Returns
tags: [returns, refund]
language: en
audience: [customers]
valid_from: 2026-01-01
valid_until: 2026-12-31
url: https://shop.example/returns
---
```
Further keys are the business of other programs, and are passed over.
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from knowledge.errors import Unreadable
from knowledge.sources.fields import METADATA_NAMES, metadata_of
from knowledge.sources.source import Metadata

_FRONT: Final = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def split_front_matter(text: str) -> tuple[Metadata, str]:
    """Return the metadata of a text, and the text with as many blank lines in place of them.

    Raises:
        Unreadable: it is no YAML, or a day or language is none.
    """
    match = _FRONT.match(text)
    if match is None:
        return Metadata(), text
    try:
        # Days and numbers stay texts, as they do in tables.
        stated = yaml.load(match[1], Loader=yaml.BaseLoader)  # noqa: S506 - makes texts only
    except yaml.YAMLError as error:
        raise Unreadable(f"has front matter that is not YAML: {_first_line(error)}") from error
    if not isinstance(stated, dict):
        return Metadata(), text  # a rule of dashes, and text below it
    fields: dict[str, Any] = {str(key).lower(): value for key, value in stated.items()}
    known = {name: value for name, value in fields.items() if name in METADATA_NAMES}
    lines = match[0].count("\n")
    return metadata_of(known), "\n" * lines + text[match.end() :]


def _first_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 2}: " if mark else ""
    return f"{place}{getattr(error, 'problem', None) or error}"

"""Where sentences end, in English and Chinese."""

from __future__ import annotations

from typing import Final

import regex

_END: Final = regex.compile(
    r"""
      [。！？；…]+[”’」』）》】]*\s*       # Chinese: no space needs to follow
    | [.!?]+["'”’)\]*]*\s+(?=[^\p{Ll}])   # English: what follows is not in lower case
    | \n\s*                                # a line that ends
    """,
    regex.VERBOSE,
)
_ABBREVIATION: Final = regex.compile(
    r"(?:^|[\s(])(?:(?:Mr|Mrs|Ms|Dr|Prof|St|Nr|No|Nos|vs|etc|approx|incl|excl|max|min|Inc|Ltd|Co"
    r"|Fig|Art|Sec|Tel|e\.g|i\.e|a\.m|p\.m|U\.S|\p{Lu}))\.\s+$"
)


def sentences(text: str) -> list[str]:
    """Return the sentences of `text`; joined, they are `text`."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        part = text[start : match.end()]
        if _ABBREVIATION.search(part):
            continue
        found.append(part)
        start = match.end()
    if start < len(text):
        found.append(text[start:])
    return found

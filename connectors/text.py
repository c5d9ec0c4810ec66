"""What text from outside may look like before it enters the desk."""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT_CHARS = 4000

# Everything of the Unicode category "Cc" except tab and newline; PostgreSQL stores no NUL.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class TextRefused(ValueError):
    """The text cannot be taken; `code` is `empty` or `too_long`."""

    def __init__(self, code: str) -> None:
        """Hold the machine-readable reason."""
        self.code = code
        super().__init__(code)


def clean_text(raw: str, *, may_be_empty: bool = False) -> str:
    """Return `raw` in Unicode form C, trimmed, without control characters and lone surrogates.

    Raises:
        TextRefused: nothing visible is left although something must be, or there are more than
            `MAX_TEXT_CHARS` characters.
    """
    if len(raw) > MAX_TEXT_CHARS:
        raise TextRefused("too_long")
    text = raw.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
    text = unicodedata.normalize("NFC", _CONTROLS.sub(" ", text)).strip()
    if not may_be_empty and not any(_is_visible(character) for character in text):
        raise TextRefused("empty")
    return text


def _is_visible(character: str) -> bool:
    # Zero-width and direction marks (Cf) and line separators (Z) alone say nothing.
    return unicodedata.category(character) != "Cf" and not character.isspace()

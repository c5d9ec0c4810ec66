"""What text from outside may look like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.text import MAX_TEXT_CHARS, TextRefused, clean_text


@pytest.mark.parametrize("raw", ["", " ", "\n\t", "\x00", "\x1b\x07", "\u202e\u200b\u2028"])
def test_text_without_content_is_refused(raw: str) -> None:
    with pytest.raises(TextRefused, match="empty"):
        clean_text(raw)


def test_text_beyond_the_limit_is_refused() -> None:
    assert clean_text("x" * MAX_TEXT_CHARS) == "x" * MAX_TEXT_CHARS
    with pytest.raises(TextRefused, match="too_long"):
        clean_text("x" * (MAX_TEXT_CHARS + 1))


@given(st.text(st.characters(), max_size=60))
def test_clean_text_can_be_stored_and_is_clean_already(raw: str) -> None:
    try:
        text = clean_text(raw)
    except TextRefused:
        return

    assert text.encode("utf-8")
    assert "\x00" not in text
    assert clean_text(text) == text

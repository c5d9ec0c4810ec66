"""Bytes to text: right, or refused; never a text with wrong characters that nobody notices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import Unreadable
from knowledge.sources.decoding import decode

CHINESE = "退货期限为三十天。请保留原包装，并附上发票和订单号。退款将在五个工作日内到账。" * 3
GERMAN = "Die Rücksendung ist für Sie kostenlos. Größere Geräte holen wir ab. " * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk"])
def test_chinese_is_read_in_every_encoding(encoding: str) -> None:
    assert decode(CHINESE.encode(encoding)) == CHINESE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_german_is_read_in_every_encoding(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding)) == GERMAN


def test_a_declared_encoding_is_used_where_it_fits() -> None:
    assert decode("退货".encode("gb18030"), "gb2312") == "退货"
    assert decode("退货".encode(), "iso-8859-1") == "退货"


def test_broken_utf_8_is_refused_with_its_place() -> None:
    broken = f"{CHINESE}\n".encode() + b"\xe9\x80" + CHINESE.encode()

    with pytest.raises(Unreadable, match=r"is not UTF-8: byte \d+, in line 2"):
        decode(broken)


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03" * 50, b"PK\x03\x04\x00\x00\x00\x00"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff")))
def test_utf_8_always_comes_back(text: str) -> None:
    assert decode(text.encode()) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decode(data), str)
    except Unreadable as error:
        assert error.problem

"""What counts as the same figure, in digits, in words, in English and in Chinese."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlg.figures import figures_in, figures_of
from bot.nlg.numerals import from_han, marked


def supported(said: str, passage: str) -> bool:
    """Tell whether each figure of `said` is in `passage`."""
    known = figures_in([passage])
    figures = figures_of(said)[1]
    assert figures, f"no figure in {said!r}"
    return all(any(one.agrees(two) for two in known) for one in figures)


@pytest.mark.parametrize(
    ("said", "passage"),
    [
        ("within two weeks", "14 days"),
        ("within a week", "7 days"),
        ("twenty-five dollars", "$25"),
        ("€4.90", "4.90 euros"),
        ("4,90 €", "€4.90"),
        ("4.9欧元", "€4.90"),
        ("1,000 pieces", "1000 pieces"),
        ("half price", "50% off"),
        ("五折", "半价"),
        ("打八折", "20% off"),
        ("百分之八十", "80%"),
        ("８０％", "80%"),
        ("6 pm", "18:00"),
        ("下午六点半", "18:30"),
        ("早上七点", "7:00"),
        ("noon", "12:00"),
        ("24 months", "two years"),
        ("两年", "24个月"),
        ("半年", "six months"),
        ("一个半小时", "90 minutes"),
        ("an hour and a half", "90分钟"),
        ("两角", "0.2元"),
        ("12 March 2027", "2027-03-12"),
        ("March 12", "12 March 2027"),
        ("3月12日", "2027年3月12日"),
        ("on Tuesday", "Monday to Friday"),
        ("周一到周五", "on weekdays"),
        ("up to 5 working days", "3 to 5 working days"),
        ("五个工作日以内", "3到5个工作日"),
        ("the 2nd order", "from the second order"),
        ("第一节课", "the first lesson"),
        ("1.5万元", "15000元"),
        ("call 400-820-8820", "400 820 8820"),
        ("www.shop.example/help", "see https://shop.example/help."),
        ("FD123456", "order FD123456"),
    ],
)
def test_the_same_figure_in_other_words(said: str, passage: str) -> None:
    assert supported(said, passage)


@pytest.mark.parametrize(
    ("said", "passage"),
    [
        ("14 days", "14 weeks"),
        ("5 days", "5 working days"),
        ("€5", "$5"),
        ("5 euros", "5 days"),
        ("5 working days", "3 to 5 working days"),
        ("at least 15 people", "at most 15 people"),
        ("九折", "20% off"),
        ("6 am", "18:00"),
        ("下午三点", "3:00"),
        ("on Saturday", "Monday to Friday"),
        ("21 March", "12 March"),
        ("March 12, 2026", "12 March"),
        ("the third order", "the second order"),
        ("https://evil.example", "https://shop.example"),
        ("a@evil.example", "a@shop.example"),
        ("FD123457", "FD123456"),
        ("十五天", "50天"),
        ("两百元", "二十元"),
    ],
)
def test_another_figure(said: str, passage: str) -> None:
    assert not supported(said, passage)


@pytest.mark.parametrize(
    "text",
    [
        "十分抱歉",
        "the one you ordered",
        "一样",
        "有一点慢",
        "I may come",
        "千万别忘记",
        "a second-hand",
    ],
)
def test_what_is_no_number(text: str) -> None:
    kinds = {figure.kind for figure in figures_of(text)[1]}
    assert kinds <= {"ordinal"}


@given(st.integers(min_value=0, max_value=99_999))
def test_chinese_numerals_are_read(number: int) -> None:
    assert from_han(in_han(number)) == number


@given(st.integers(min_value=2, max_value=999_999))
def test_digits_are_read_with_and_without_separators(number: int) -> None:
    assert marked(f"{number} x")[1] == marked(f"{number:,} x")[1] == (Decimal(number),)


@given(st.text(max_size=80))
def test_no_text_is_too_odd(text: str) -> None:
    blanked, figures = figures_of(text)
    assert all(0 <= figure.at <= len(blanked) for figure in figures)
    again = figures_of(text)[1]
    assert all(any(one.agrees(two) for two in again) for one in figures)


def in_han(number: int) -> str:
    """Return a number below 100,000 in Chinese numerals."""
    digits, scales = "零一二三四五六七八九", ["", "十", "百", "千", "万"]
    if number == 0:
        return "零"
    out, zero = "", False
    for place in reversed(range(len(str(number)))):
        digit = number // 10**place % 10
        if digit == 0:
            zero = True
            continue
        if zero and out:
            out += "零"
        zero = False
        out += digits[digit] + scales[place]
    return out

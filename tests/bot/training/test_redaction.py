"""What points to a person is taken out of texts; what helps others stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.training.redaction import names_in, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to tom.miller+shop@mail.example.com please", "Write to [email] please"),
        ("邮箱是tom@mail.cn谢谢", "邮箱是[email]谢谢"),
        ("Call +49 (0)30 1234567 today", "Call [phone] today"),
        ("Call 020-7946 0958.", "Call [phone]."),
        ("我的电话是13812345678，谢谢", "我的电话是[phone]，谢谢"),
        ("card 4111 1111 1111 1111 was charged", "card [card] was charged"),
        ("card 4111-1111-1111-1112 was charged", "card [number] was charged"),
        ("Order FD204815 and fd-204816", "Order [number] and [number]"),
        ("订单FD204815到哪了", "订单[number]到哪了"),
        ("IBAN DE89370400440532013000", "IBAN [number]"),
        ("customer 20481599", "customer [number]"),
        ("see https://shop.example/o?token=abc now", "see [link] now"),
        ("see https://shop.example/returns now", "see https://shop.example/returns now"),
        ("30 days, 4.90 EUR, 1,000 items, size 42, model X200", None),
        ("三十天内，运费4.90元", None),
    ],
)
def test_numbers_and_addresses_are_taken_out(text: str, expected: str | None) -> None:
    assert redact(text) == (expected or text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hello, my name is Tom Miller and I wait", {"Tom Miller"}),
        ("Dear Mr. Miller, thank you", {"Mr. Miller"}),
        ("Hi Tom! It takes a week.\nKind regards, Ana Lee", {"Tom", "Ana Lee"}),
        ("我叫王小明，想退货", {"王小明"}),
        ("王先生您好", {"王先生"}),
        ("This is great. Hello there, I am angry", set()),
    ],
)
def test_people_name_themselves_and_each_other(text: str, names: set[str]) -> None:
    assert names_in(text) == names


def test_known_names_are_taken_out_wherever_they_stand() -> None:
    text = "Tom Miller, or Tom, asked tomorrow's Tomas; 王小明也是"

    assert redact(text, {"Tom", "Tom Miller", "王小明"}) == (
        "[name], or [name], asked tomorrow's Tomas; [name]也是"
    )


@given(st.text(max_size=100))
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.from_regex(r"[0-9]{6,20}", fullmatch=True), st.sampled_from([" ", "单", ". ", ": "]))
def test_no_long_number_is_left(number: str, beside: str) -> None:
    assert number not in redact(f"A{beside}{number}{beside}B")

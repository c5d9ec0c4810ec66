"""Languages by script, and Latin ones by their common words."""

from __future__ import annotations

import pytest

from bot.ngc.tasks.language import UNKNOWN, language_of


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("where is my order?", "en"),
        ("我的订单在哪里", "zh"),
        ("我的 order FD204815", "zh"),
        ("注文はどこですか", "ja"),
        ("주문 어디에 있나요", "ko"),
        ("أين طلبي", "ar"),
        ("איפה ההזמנה שלי", "he"),
        ("где мой заказ", "ru"),
        ("wo ist meine Bestellung, bitte", "de"),
        ("où est ma commande, je ne la trouve pas", "fr"),
        ("¿dónde está mi pedido? no lo encuentro en la tienda", "es"),
        ("FD204815 🎉", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_the_language_is_told(text: str, tag: str) -> None:
    assert language_of(text).tag == tag


def test_right_to_left_is_told() -> None:
    assert language_of("أين طلبي").is_right_to_left
    assert not language_of("where is it").is_right_to_left

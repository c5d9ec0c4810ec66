"""What people type instead: neighbours on the keyboard, characters of like sound, synonyms."""

from __future__ import annotations

import re
from typing import Final

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALIKE: Final = (
    "的得地", "在再", "做作", "那哪", "帐账", "以已", "订定", "买卖", "他她它", "吗嘛", "呢哪",
    "象像", "即既", "需须", "像向", "收受", "到道", "货或", "退腿", "单担", "邮油", "费废",
    "换还", "号好", "快块", "查察", "坏怀", "修休", "包宝", "价架", "钱前", "款宽", "员原",
    "什甚", "咋怎", "没每", "是事", "时是", "想象", "问文", "题提", "请清", "您宁", "电店",
)  # fmt: skip
"""Characters that input methods and hurried writers confuse: like in sound or in shape."""
_GROUPS: Final = (
    ("how do i", "how can i", "how to", "what do i do to"),
    ("i want to", "i would like to", "i'd like to", "i need to"),
    ("please", "kindly"),
    ("buy", "purchase", "order"),
    ("broken", "damaged", "defective"),
    ("refund", "money back"),
    ("cancel", "call off"),
    ("where is", "where's", "what happened to"),
    ("can you", "could you", "would you"),
    ("delivery", "shipment"),
    ("help me", "assist me"),
    ("cost", "price"),
    ("hi", "hello", "hey"),
    ("thanks", "thank you"),
    ("phone", "mobile"),
    ("change", "modify", "update"),
    ("怎么", "如何", "咋"),
    ("我想", "我要", "我需要", "我想要"),
    ("请问", "问一下", "想问下"),
    ("什么时候", "啥时候", "几时"),
    ("为什么", "为啥", "怎么会"),
    ("可以", "能", "能不能"),
    ("买", "购买"),
    ("坏了", "出问题了", "有故障"),
    ("退款", "退钱"),
    ("快递", "物流", "包裹"),
    ("多少钱", "什么价格", "价格多少"),
    ("取消", "撤销"),
    ("谢谢", "多谢", "感谢"),
    ("修改", "更改", "变更"),
    ("没有", "没"),
)


def _keyboard() -> dict[str, str]:
    """Return the letters beside each letter, in its row and in the rows above and below."""
    beside: dict[str, str] = {}
    for number, row in enumerate(_ROWS):
        for place, letter in enumerate(row):
            near = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
            for other in _ROWS[max(0, number - 1) : number] + _ROWS[number + 1 : number + 2]:
                near += other[place : place + 1]
            beside[letter] = near
    return beside


def _sound_alike() -> dict[str, str]:
    alike: dict[str, str] = {}
    for group in _ALIKE:
        for letter in group:
            alike[letter] = alike.get(letter, "") + group.replace(letter, "")
    return alike


def _patterns() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    found = []
    for group in _GROUPS:
        longest = sorted(group, key=len, reverse=True)
        body = "|".join(map(re.escape, longest))
        # Words have bounds, Chinese expressions have none.
        pattern = rf"\b(?:{body})\b" if group[0].isascii() else body
        found.append((re.compile(pattern, re.IGNORECASE), group))
    return tuple(found)


KEYBOARD: Final = _keyboard()
"""Letter → the letters beside it."""
SOUND_ALIKE: Final = _sound_alike()
"""Character → characters that are typed in its place."""
SYNONYMS: Final = _patterns()
"""Pattern of an expression, and all the ways to say it."""

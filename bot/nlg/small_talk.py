"""Messages that ask for nothing: thanks, a laugh, an "ok". No document answers them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MAX_CHARS: Final = 40
_WORDINGS: Final = {
    "thanks": (
        "(?:many )?thanks(?: a lot| so much| again)?|thank you(?: very much| so much)?|thx|ty",
        "cheers|(?:非常|多|太)?(?:感谢|谢谢|谢啦|多谢|谢了)(?:你|您)?(?:了|啦|们|的帮助)?",
    ),
    "bye": (
        "(?:good)?bye(?:[ -]bye)?|see you(?: later| soon)?",
        "have a (?:nice|good|great) (?:day|evening|weekend)|再见|拜拜|回头见|下次见",
    ),
    "praise": (
        "(?:that(?:'s| is) |very |so |really )*(?:great|perfect|awesome|cool|nice|super|helpful)",
        "excellent|wonderful",
        "well done|good (?:job|bot)|太(?:好|棒)了|真(?:好|棒)|很好|不错|厉害|赞",
    ),
    "acknowledged": (
        "ok(?:ay)?|k|alright|all right|got it|i see|fine|understood|hm+|ha(?:ha)+|lol|hehe",
        "好的?|好吧|嗯+|哦+|噢+|知道了|明白了?|了解了?|收到|行|可以|哈+|呵呵|嘻嘻",
    ),
}
_KINDS: Final = tuple(
    (kind, re.compile(rf"(?:{every})(?:[\s,.!~。！，～…]|{every})*", re.IGNORECASE))
    for kind, every in ((kind, "|".join(wordings)) for kind, wordings in _WORDINGS.items())
)


def small_talk(text: str) -> str | None:
    """Return the kind of small talk: thanks, bye, praise or acknowledged; None if it is none."""
    plain = " ".join(text.replace("’", "'").split())
    if not plain or len(plain) > _MAX_CHARS or re.search(r"[?？]", plain):
        return None
    if all(unicodedata.category(char)[0] in "SPZMC" for char in plain):
        return "acknowledged"
    bare = re.sub(r"[^\w\s,.!'~。！，～…-]", "", plain).strip()
    first = next((kind for kind, pattern in _KINDS if pattern.fullmatch(bare)), None)
    return first or _mixed(bare)


def _mixed(text: str) -> str | None:
    """Return the first kind of several ones in a row: "great, thanks"."""
    parts = [part for part in re.split(r"[\s]*[,.!，。！～…]+\s*", text) if part]
    kinds = [next((kind for kind, one in _KINDS if one.fullmatch(part)), None) for part in parts]
    if len(kinds) < 2 or None in kinds:
        return None
    return next((kind for kind, _ in _KINDS if kind in kinds), None)

"""Takes out of texts what points to one person: addresses, numbers and, as far as known, names.

It rather takes out too much: an order number is a row of digits like any other. A person reads the
result before it is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import regex

EMAIL, LINK, NAME = "[email]", "[link]", "[name]"
CARD, PHONE, NUMBER = "[card]", "[phone]", "[number]"
_EMAIL: Final = regex.compile(r"[\p{Latin}\d._+%-]+@[\p{Latin}\d-]+(?:\.[\p{Latin}\d-]+)+")
_PRIVATE_LINK: Final = regex.compile(r"https?://[^\s?#]*[?#]\S+")
"""An address with a query may hold a token."""
_DIGITS: Final = regex.compile(r"(?<![\w.,])[+(]*\p{Nd}(?:[\s().\-/]{0,2}\p{Nd}){5,}(?![\w])")
"""Six digits or more, with what people put between them."""
_CODE: Final = regex.compile(r"(?<![A-Z\d])[A-Z]{1,4}-?\d[A-Z\d-]{3,}(?![A-Z\d])", regex.I)
"""Letters and digits together: orders, customers, bank accounts."""
_TIED_DIGITS: Final = regex.compile(r"\p{Nd}{6,}")
"""Chinese writes no spaces around numbers."""
_MIN_CARD_DIGITS, _MAX_CARD_DIGITS = 13, 19
_LATIN_NAME: Final = r"\p{Lu}[\p{L}'-]+"
_FULL_NAME: Final = rf"{_LATIN_NAME}(?:\s+{_LATIN_NAME})?"
_SELF: Final = regex.compile(
    rf"""
      (?i:my\ name\ is|my\ name's|this\ is|name:)\s+({_FULL_NAME})
    | (?i:dear|hi|hello)\s+((?:(?i:mr|mrs|ms|dr)\.?\s+)?{_LATIN_NAME})\s*[,!]
    | (?i:(?:best|kind)\ regards|sincerely|cheers|thanks),\s+({_FULL_NAME})
    | (?:我叫|我的名字是|我是)(\p{{Han}}{{2,3}})(?=[，。,.！!\s]|$)
    | (\p{{Han}}(?:先生|女士|小姐))
    """,
    regex.VERBOSE,
)
"""How people name themselves and each other."""
_MIN_NAME_CHARS: Final = 2


def redact(text: str, names: Iterable[str] = ()) -> str:
    """Return `text` with placeholders such as `[email]` for what points to one person.

    Args:
        text: What was said.
        names: Of people, as far as they are known.
    """
    text = _EMAIL.sub(EMAIL, text)
    text = _PRIVATE_LINK.sub(LINK, text)
    text = _CODE.sub(NUMBER, text)
    text = _DIGITS.sub(_number, text)
    text = _TIED_DIGITS.sub(_number, text)
    for name in sorted(set(names), key=len, reverse=True):
        if len(name.strip()) >= _MIN_NAME_CHARS:
            text = regex.sub(
                rf"(?<![\p{{Latin}}]){regex.escape(name)}(?![\p{{Latin}}])", NAME, text
            )
    return text


def names_in(text: str) -> frozenset[str]:
    """Return the names by which people call themselves and each other in a text."""
    found = (group for match in _SELF.finditer(text) for group in match.groups() if group)
    return frozenset(found)


def _number(match: regex.Match[str]) -> str:
    written = match.group()
    digits = [int(one) for one in written if one.isdigit()]
    if _MIN_CARD_DIGITS <= len(digits) <= _MAX_CARD_DIGITS and _is_card(digits):
        return CARD
    is_phone = written.lstrip("(")[0] in "+0" or (len(digits) == 11 and digits[0] == 1)
    return PHONE if is_phone else NUMBER


def _is_card(digits: list[int]) -> bool:
    """Return whether the check digit is right: ISO/IEC 7812-1, annex B (Luhn)."""
    doubled = [2 * digit for digit in digits[-2::-2]]
    total = sum(digits[-1::-2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return total % 10 == 0

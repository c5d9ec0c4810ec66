"""The words of a text that carry its meaning, and what turns a meaning around."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Final


def _split(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENGLISH: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_STOP: Final = _split(
    """a an the and or but if then so of to in on at by for from with as into onto than that this
    these those it its is are was were be been being am do does did doing done have has had
    having will would shall should can could may might must we our us you your yours i me my
    they them their he she his her one ones there here which who whom whose what when where how
    also too very just only both each any some all such per via about up down out off over under
    until till please get gets got getting not no nor never without cannot can't won't isn't
    aren't don't doesn't didn't neither none need needs use used using yes okay sure via however
    well already still yet again able possible let take takes make makes go goes goes come comes
    while after before once"""
)
_STOP_HAN: Final = _split(
    """的 了 是 在 和 与 及 或 也 都 就 还 而 但 则 会 将 要 可 可以 能 能够 需 需要 须 应 请 您 你
    我 我们 他 她 它 这 那 这个 那个 以 于 至 到 从 为 被 把 给 对 上 下 里 内 中 后 前 之 之后
    之前 以后 以前 时 时候 如果 的话 只 只有 有 没有 不 没 未 无 无须 不能 不可 不会 不要 别 个
    一 一个 些 每 各 所有 任何 等 以及 并 并且 可用 用 使用 来 去 做 进行 其 其他 此 该 吗 呢 吧
    啊 所 由 按 约 大约 左右 最 更 很 非常 已 已经 均 若 因为 由于 所以 因 即 均 享受 支持 直到
    一共 共 自 另 另外 同时 通常 随时 还有 收 收取 费用"""
)
_ENDINGS: Final = (
    "ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ed", "ers", "er", "es", "s",
    "ly", "e", "y",
)  # fmt: skip
NEGATION: Final = re.compile(
    r"\b(?:not|no|never|cannot|without|neither|nor|none|unable|impossible|unavailable|except)\b"
    r"|n't\b"
    r"|不(?!过(?!期)|仅|但|同|少|断|久|如|止|超过|多于|少于|晚于|早于)|没(?!问题)|未(?!拆封|开封)"
    r"|无(?!线|论|障碍)|勿|(?<![分区特类级])别(?!的|人)|禁止|拒绝|永不",
    re.IGNORECASE,
)
_AXES: Final[tuple[tuple[str, str], ...]] = (
    (r"\bopen(?:ed|s)?\b|开放|营业|开门", r"\bclos(?:e|es|ed)\b|关闭|关门|休息"),
    (r"\binclu(?:de|des|ded|ding)\b|\bcover(?:s|ed)?\b|包含|包括|范围内|参加|参与",
     r"\bexclu(?:de|des|ded|ding)\b|范围外|除外"),
    (r"\bbefore\b|\bprior to\b|(?<![目当提])前(?!台|往|面|来|提)",
     r"\bafter\b|\bonce\b|(?<![然最今])后(?!台|续|面|来|付)"),
    (r"\bold\b|原(?=号码)|旧", r"\bnew\b|新(?=号码)"),
    (r"\bmore\b|\bat least\b|\bminimum\b|至少|以上|最少",
     r"\bless\b|\bat most\b|\bmaximum\b|\bup to\b|最多|以下|至多|不超过"),
    (r"\balways\b|永久|总是|始终", r"\bnever\b|从不|永不"),
    (r"\ballow(?:s|ed)?\b|\bpermit(?:s|ted)?\b|\baccept(?:s|ed)?\b|允许|接受",
     r"\bforbid(?:den|s)?\b|\bprohibit(?:ed|s)?\b|\brefus(?:e|es|ed)\b|禁止|拒绝"),
    (r"\bunopened\b|\bsealed\b|未拆封|未开封", r"\bopened\b|(?<!未)拆封|(?<!未)开封"),
    (r"\bfull\b|\bwhole\b|全额|全部", r"\bhalf\b|\bpart(?:ial|ly)?\b|一半|部分"),
    (r"\bonline\b|网上|线上", r"\bin (?:the )?(?:store|shop|person)\b|\bby phone\b|线下|店内"),
    (r"\bincreas(?:e|es|ed)\b|增加|上涨", r"\bdecreas(?:e|es|ed)\b|\breduc(?:e|es|ed)\b|减少|下降"),
)  # fmt: skip
AXES: Final = tuple(
    (re.compile(plus, re.IGNORECASE), re.compile(minus, re.IGNORECASE)) for plus, minus in _AXES
)
"""What excludes each other: a text that says one side does not support the other."""
_EXCLUSIVE: Final = (
    "red|green|blue|yellow|orange|white|black|purple|pink|grey|gray|brown",
    "credit card|debit card|paypal|bank transfer|cash|voucher|cheque",
    "adults?|children|child|seniors?|students?",
)
_HAN_EXCLUSIVE: Final = (
    "[红绿蓝黄橙白黑紫粉灰棕](?=色|灯)",
    "信用卡|支付宝|微信|现金|代金券|支票",
    "成人|儿童|老年人|学生",
)
EXCLUSIVE: Final = tuple(
    re.compile(rf"\b(?:{english})\b|{chinese}", re.IGNORECASE)
    for english, chinese in zip(_EXCLUSIVE, _HAN_EXCLUSIVE, strict=True)
)
"""Groups of words of which one cannot stand for another."""
_CLAUSE: Final = re.compile(
    r"(?<!\d)[,;:]+|[,;:]+(?!\d)|[，；：。！？()（）]+|[.!?]+(?=\s|$)|\b(?:but|while|whereas)\b"
    r"|但是|但"
)
_PART: Final = re.compile(_CLAUSE.pattern + r"|\band\b|和|以及")
_NAME: Final = re.compile(r"(?<![.!?。！？:]\s)(?<!^)(?<![\w])[A-Z][A-Za-z]+(?:['-][A-Za-z]+)*")
_NAME_TAGS: Final = _split("nr nrt nrfg ns nt")
_COMMON: Final = _split("i ok wi fi pdf faq tv am pm e mail id")


def content_words(text: str) -> tuple[str, ...]:
    """Return the stems of the words in `text` that carry meaning, in order; marks are no words."""
    found = [
        stem(word) for word in _ENGLISH.findall(text.lower()) if word not in _STOP and len(word) > 1
    ]
    for run in _HAN.findall(text):
        found += [word for word in _cut(run) if word not in _STOP_HAN]
    return tuple(found)


@lru_cache(maxsize=4096)
def _cut(run: str) -> tuple[str, ...]:
    import jieba  # a tenth of a second that an English desk need not wait for

    jieba.setLogLevel(logging.WARNING)
    return tuple(jieba.cut(run))


def stem(word: str) -> str:
    """Return an English word without its ending: `returned`, `returns` and `return` are one."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            short = word[: -len(ending)]
            return (
                short[:-1]
                if len(short) > 3 and short[-1] == short[-2] and short[-1] not in "sl"
                else short
            )
    return word


def clauses(text: str, *, at_and: bool = False) -> tuple[str, ...]:
    """Return the parts of a sentence that commas and "but" separate, with `at_and` "and", too."""
    pattern = _PART if at_and else _CLAUSE
    return tuple(part for one in pattern.split(text) if (part := (one or "").strip()))


def names(text: str) -> frozenset[str]:
    """Return the proper names in `text`, in lower case: capitals inside a sentence.

    In Chinese texts every Latin word is one, and what jieba takes for a person, a place or an
    organisation.
    """
    found = {name.lower() for name in _NAME.findall(text)}
    if _HAN.search(text):
        found |= {word.lower() for word in re.findall(r"[A-Za-z]{2,}", text)} | _han_names(text)
    return frozenset(found - _COMMON)


@lru_cache(maxsize=1024)
def _han_names(text: str) -> frozenset[str]:
    """Return the Chinese names; a single character is none."""
    from jieba import posseg  # a second, for desks with a language model only

    tagged = posseg.cut(text)
    return frozenset(one.word for one in tagged if one.flag in _NAME_TAGS and len(one.word) > 1)


def first_word(text: str) -> str | None:
    """Return the capitalised English word that a sentence begins with, in lower case."""
    found = re.match(r"[A-Z][a-zA-Z]+\b", text)
    return found.group().lower() if found else None

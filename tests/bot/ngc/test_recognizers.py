"""The quick recognizers find what the published ones find."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from bot.ngc.recognizers import recognized_amounts, recognized_times

NOW = datetime(2026, 12, 1, 10, 0)
ENGLISH = [
    "from May 3 to the 5th of June at 5pm",
    "every Tuesday at noon for two weeks",
    "in three and a half hours or the day after tomorrow",
    "between 3 and 5 tomorrow afternoon",
    "last quarter of 2025 until next friday night",
    "do you deliver on Saturdays?",
    "12.50 euros and five dollars thirty cents",
    "£3.99, 2 bucks, three hundred pounds, 10 USD",
    "nothing at all",
]
CHINESE = [
    "下周三下午三点到五点",
    "两周前的周一早上",
    "从五月三号到六月五号，每周二中午",
    "半小时后，明年春节前三天",
    "三块五毛和一百二十元人民币",
    "12.5美元或者300日元",
    "什么都没有",
]
PUBLISHED = """
import json, sys
from datetime import datetime
from recognizers_date_time import recognize_datetime
from recognizers_number_with_unit import recognize_currency
culture, *texts = json.loads(sys.stdin.read())
now = datetime(2026, 12, 1, 10, 0)
told = lambda found: [[one.start, one.end, one.text, one.resolution] for one in found]
times = [told(recognize_datetime(text, culture, reference=now)) for text in texts]
amounts = [told(recognize_currency(text, culture)) for text in texts]
print(json.dumps(list(zip(times, amounts)), default=str))
"""


def published(culture: str, texts: list[str]) -> Any:
    """Return what the package finds in a process where nothing was changed."""
    done = subprocess.run(
        [sys.executable, "-c", PUBLISHED], input=json.dumps([culture, *texts]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def quick(culture: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        both = (recognized_times(text, culture, NOW), recognized_amounts(text, culture))
        told = [[[one.start, one.end, one.text, one.resolution] for one in found] for found in both]
        return json.loads(json.dumps(told, default=str))

    return read


def test_english_times_and_amounts_are_those_of_the_package() -> None:
    found = [quick("en-us")(text) for text in ENGLISH]

    assert found == published("en-us", ENGLISH)
    assert sum(bool(times) for times, _ in found) == 5
    assert sum(bool(amounts) for _, amounts in found) == 2


def test_chinese_times_and_amounts_are_those_of_the_package() -> None:
    found = [quick("zh-cn")(text) for text in CHINESE]

    assert found == published("zh-cn", CHINESE)
    assert sum(bool(times) for times, _ in found) == 4
    assert sum(bool(amounts) for _, amounts in found) == 2


def test_a_text_read_again_gives_the_same() -> None:
    texts = [text for text in ENGLISH for _ in range(3)]

    assert [quick("en-us")(text) for text in texts] == [
        found for text in ENGLISH for found in [quick("en-us")(text)] * 3
    ]


def test_threads_do_not_mix_their_texts() -> None:
    alone = [quick("en-us")(text) for text in ENGLISH]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(quick("en-us"), ENGLISH * 10))

    assert together == alone * 10

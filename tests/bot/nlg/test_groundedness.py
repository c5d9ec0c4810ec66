"""What passages support is said, and nothing else: measured on the fixed test set."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.nlg.groundedness import Groundedness
from bot.nlg.sentences import sentences
from tests.bot.nlg.cases import EMBEDDER

ROOT = Path(__file__).parents[3]
CHECK = Groundedness(EMBEDDER)
DELIVERY = (
    "Within Europe, standard delivery is **€4.90** and express **€9.90**. To mainland China,"
    " delivery is **€14.90**. Saturdays are not possible."
)


def test_the_fixed_set_is_told_apart() -> None:
    done = subprocess.run(
        [sys.executable, "tests/bench/groundedness.py"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    scores = json.loads(done.stdout)

    assert scores["triples"] >= 150
    assert scores["false_numbers_uttered"] == 0
    assert min(scores["f1_supported"], scores["f1_not_supported"]) >= 0.9
    assert min(scores["f1_macro_en"], scores["f1_macro_zh"]) >= 0.9


def test_the_two_sets_share_no_passage() -> None:
    dev, test = (
        {
            passage
            for entry in yaml.safe_load((Path(__file__).parent / name).read_text("utf-8"))
            for passage in entry["passages"]
        }
        for name in ("groundedness_dev.yml", "groundedness_test.yml")
    )
    assert not dev & test


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("Express delivery is €4.90 within Europe.", "belongs to something else"),
        ("Standard delivery is €3.90.", "figure money:EUR 3.90"),
        ("Delivery on Saturdays is possible.", "negation"),
        ("Standard delivery with Hermes is €4.90.", "name hermes"),
        ("Pay at https://pay.example.", "figure url"),
        ("Hermes delivers within Europe.", "name hermes"),
        ("[1]", "nothing to check"),
    ],
)
def test_a_problem_is_named(sentence: str, problem: str) -> None:
    support = CHECK.check(sentence, CHECK.evidence([DELIVERY]))

    assert problem in support.problem
    assert not support.is_supported


@pytest.mark.parametrize("name", ["张伟", "上海", "Hermes"])
def test_a_name_in_a_chinese_sentence_is_seen(name: str) -> None:
    evidence = CHECK.evidence(["退货可以在门店办理，也可以寄回仓库。"])

    assert CHECK.check("退货可以在门店办理。", evidence).is_supported
    assert CHECK.check(f"退货可以在{name}门店办理。", evidence).problem == f"name {name.lower()}"


def test_the_passage_that_says_it_is_cited() -> None:
    evidence = CHECK.evidence(["Shops open at 9:00.", DELIVERY])

    support = CHECK.check("Express delivery costs €9.90.", evidence)

    assert support.is_supported
    assert support.cites[0] == 1


def test_no_changed_number_of_the_shipped_faq_is_uttered() -> None:
    said, kept, uttered = 0, 0, []
    entries = yaml.safe_load((ROOT / "training_data/faq.yml").read_text("utf-8"))["faq"]
    for entry in entries:
        evidence = CHECK.evidence([entry["answer"]], entry["language"])
        for sentence in sentences(entry["answer"]):
            said += 1
            kept += CHECK.check(sentence, evidence).is_supported
            for found in re.finditer(r"\d+", sentence):
                changed = str(int(found.group()) + 1)
                false = sentence[: found.start()] + changed + sentence[found.end() :]
                if CHECK.check(false, evidence).is_supported:
                    uttered.append(false)

    assert uttered == []
    assert kept >= 0.98 * said, "what the passages say themselves is supported"


def test_no_passages_support_nothing() -> None:
    assert not CHECK.check("Delivery is free.", CHECK.evidence([])).is_supported

"""The figures of `frontdesk knowledge eval`."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.errors import SourceError
from knowledge.evaluation import Query, evaluate, read_faq_lines, read_queries
from tests.knowledge.test_base import EMBEDDER, passage


def test_figures_follow_from_the_ranks(tmp_path: Path) -> None:
    base = KnowledgeBase.open(tmp_path, embedder=EMBEDDER)
    base.apply(
        added=[
            passage("a", "en", "How much is delivery?"),
            passage("b", "en", "How do I return a kettle?"),
            passage("c", "en", "Where do I find my invoice?"),
        ]
    )
    order = [hit.passage.id for hit in base.search("How much is delivery?", "en")]
    asked = "How much is delivery?"

    found = evaluate(
        base,
        [
            Query(asked, frozenset([order[0]])),
            Query(asked, frozenset([order[1], order[2]])),
        ],
    )

    assert found.map == pytest.approx((1 + (1 / 2 + 2 / 3) / 2) / 2, abs=1e-4)
    assert (found.mrr, found.recall_at_1, found.recall_at_5) == (0.75, 0.5, 1.0)
    assert 0 < found.p50_ms <= found.p99_ms


def test_faq_and_questions_are_read_from_json_lines(tmp_path: Path) -> None:
    faq, queries = tmp_path / "faq.jsonl", tmp_path / "queries.jsonl"
    faq.write_text(
        '{"id": 1, "question": "When?", "answer": "Now."}\n\n'
        '{"id": "2", "question": "几点？", "answer": null}\n',
        "utf-8",
    )
    queries.write_text('{"query": "what time", "relevant_ids": [1, "2"]}\n', "utf-8")

    passages = read_faq_lines(faq)

    assert [(one.id, one.language, one.text) for one in passages] == [
        ("1", "en", "Now."),
        ("2", "zh", ""),
    ]
    assert read_queries(queries, {"1", "2"}) == (Query("what time", frozenset({"1", "2"})),)


@pytest.mark.parametrize(
    "line",
    ["no json", "[]", '{"query": "x"}', '{"query": "x", "relevant_ids": ["9"]}'],
)
def test_a_broken_line_is_told_with_its_place(line: str, tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(f'{{"query": "a", "relevant_ids": ["1"]}}\n{line}\n', "utf-8")

    with pytest.raises(SourceError, match=r"queries\.jsonl:2:1"):
        read_queries(path, {"1"})

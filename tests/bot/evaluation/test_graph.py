"""Stories as a graph, and the page that shows it."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.cli.graph_page import render
from bot.dialogue.stories import training_dialogues
from bot.evaluation.graph import Graph, graph_of, lay_out
from bot.project import Story
from tests.bot.builders import does, domain, said, story


def _graph(*stories: Story, max_history: int = 2) -> Graph:
    facts = domain()
    return graph_of(training_dialogues(stories, facts), facts, max_history)


def test_stories_with_the_same_beginning_share_its_nodes() -> None:
    graph = _graph(
        story("a", said("greet"), does("utter_greet"), said("bye"), does("utter_bye")),
        story("b", said("greet"), does("utter_greet"), said("help"), does("utter_help")),
    )

    assert [node.label for node in graph.nodes] == [
        "start", "utter_greet", "utter_bye", "utter_help",
    ]  # fmt: skip
    assert graph.nodes[1].stories == {"a", "b"}
    assert [node.is_end for node in graph.nodes] == [False, False, True, True]


def test_a_longer_history_keeps_nodes_apart() -> None:
    stories = (
        story("a", said("greet"), does("utter_greet"), said("bye"), does("utter_bye")),
        story("b", said("help"), does("utter_help"), said("bye"), does("utter_bye")),
    )

    assert len(_graph(*stories, max_history=1).nodes) == 4
    assert len(_graph(*stories, max_history=2).nodes) == 5


def test_every_edge_leads_from_its_source_to_its_target() -> None:
    turns = [step for n in range(6) for step in (said("greet"), does(f"utter_{n % 3}"))]
    graph = _graph(story("circle", *turns), max_history=1)

    layout = lay_out(graph)

    for edge, way in zip(graph.edges, layout.ways, strict=True):
        assert way[0] == layout.nodes[edge.source]
        assert way[-1] == layout.nodes[edge.target]


def test_nodes_of_a_layer_do_not_overlap() -> None:
    graph = _graph(*(story(f"s{n}", said("greet"), does(f"utter_{n}")) for n in range(60)))

    page = render(graph, lay_out(graph), "Stories")

    places = re.findall(r'class="node [^>]*translate\(([\d.-]+) ([\d.-]+)\)', page)
    columns: dict[str, list[float]] = {}
    for x, y in places:
        columns.setdefault(x, []).append(float(y))
    assert len(places) == 61
    assert all(b - a >= 32 for ys in columns.values() for a, b in pairwise(sorted(ys)))


def test_the_page_needs_nothing_from_elsewhere_and_escapes_names() -> None:
    graph = _graph(story("<script>alert(1)</script>", said("greet"), does("utter_greet")))

    page = render(graph, lay_out(graph), "A & B")

    assert "<title>A &amp; B</title>" in page
    assert "<script>alert" not in page
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", page)
    assert "http" not in page

"""Stories as one graph: bot actions are nodes, what users say leads from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import fast_sugiyama

from bot.conversation import LISTEN
from bot.dialogue.stories import TrainingDialogue
from bot.domain import Domain
from bot.events import ActionRan, UserSaid

Kind = Literal["start", "response", "form", "action", "text"]
Point = tuple[float, float]
Turn = tuple[str, str]
"""(what the user said, or nothing; what the bot did)."""


@dataclass(slots=True)
class Node:
    """A bot action after a certain history; stories with the same history share it."""

    label: str
    kind: Kind
    stories: set[str] = field(default_factory=set[str])
    is_end: bool = False


@dataclass(slots=True)
class Edge:
    """From one action to the next."""

    source: int
    target: int
    said: dict[str, None] = field(default_factory=dict[str, None])
    """What the user may say there, in the order of the stories."""
    stories: set[str] = field(default_factory=set[str])

    @property
    def label(self) -> str:
        """What the user says, alternatives side by side."""
        return " · ".join(text for text in self.said if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """All nodes, the start first, and the edges between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands: (layer, position in it), layers from 0; ways bend in between."""

    nodes: Mapping[int, tuple[int, float]]
    ways: Sequence[Sequence[tuple[int, float]]]
    """One per edge, from the source to the target."""


def graph_of(dialogues: Iterable[TrainingDialogue], domain: Domain, max_history: int = 2) -> Graph:
    """Return the graph of `dialogues`.

    Args:
        dialogues: What to draw.
        domain: Tells forms from other actions.
        max_history: Actions with the same last turns before them, this many, are one node.
    """
    nodes: list[Node] = [Node("start", "start")]
    known: dict[tuple[Turn, ...], int] = {(): 0}
    edges: dict[tuple[int, int], Edge] = {}
    for dialogue in dialogues:
        here, history = 0, ()
        nodes[0].stories.add(dialogue.name)
        for turn in _turns(dialogue):
            history = (*history, turn)[-max_history:]
            if history not in known:
                known[history] = len(nodes)
                nodes.append(Node(turn[1], _kind(turn[1], domain)))
            there = known[history]
            edge = edges.setdefault((here, there), Edge(here, there))
            edge.said[turn[0]] = None
            edge.stories.add(dialogue.name)
            nodes[there].stories.add(dialogue.name)
            here = there
        nodes[here].is_end = True
    return Graph(nodes=tuple(nodes), edges=tuple(edges.values()))


def _turns(dialogue: TrainingDialogue) -> Iterator[Turn]:
    said = ""
    for event in dialogue.events:
        if isinstance(event, UserSaid):
            said = event.reading.intent.name or f"“{event.text}”"
        elif isinstance(event, ActionRan) and event.name != LISTEN:
            yield said, event.name or f"“{event.action_text}”"
            said = ""


def _kind(label: str, domain: Domain) -> Kind:
    if label in domain.forms:
        return "form"
    if label.startswith("“"):
        return "text"
    return "response" if label.startswith("utter_") else "action"


def lay_out(graph: Graph) -> Layout:
    """Return places with few crossings: layers after Sugiyama."""
    pairs = [(edge.source, edge.target) for edge in graph.edges if edge.source != edge.target]
    if not pairs:
        return Layout(nodes={0: (0, 0.0)}, ways=[() for _ in graph.edges])
    # Bends get numbers that no node has: the library numbers them itself, so nodes are texts.
    found = fast_sugiyama.from_edges(
        [(f"n{source}", f"n{target}") for source, target in pairs], dummy_vertices=True
    )
    points: dict[str | int, Point] = found.to_dict()
    layers = {y: number for number, y in enumerate(sorted({-y for _, y in points.values()}))}
    places = {key: (layers[-y], x) for key, (x, y) in points.items()}
    following: dict[str | int, list[str | int]] = {}
    for _, _, _, edges in found:
        for source, target in edges or ():
            following.setdefault(source, []).append(target)
    return Layout(
        nodes={number: places[f"n{number}"] for number in range(len(graph.nodes))},
        ways=[
            [places[key] for key in _way(f"n{edge.source}", f"n{edge.target}", following)]
            for edge in graph.edges
        ],
    )


def _way(
    source: str, target: str, following: Mapping[str | int, Sequence[str | int]]
) -> list[str | int]:
    """Return the nodes and bends from `source` to `target`."""
    for first in following.get(source, ()):
        way: list[str | int] = [source, first]
        while isinstance(way[-1], int):
            way.append(following[way[-1]][0])
        if way[-1] == target:
            return way
    return [source, target]

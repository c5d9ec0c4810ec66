"""The page of `frontdesk visualize`: one file, drawn here, needing nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise
from string import Template
from unicodedata import east_asian_width

from bot.evaluation.graph import Edge, Graph, Layout, Node

_TEMPLATE = "graph.html"
_CHAR, _WIDE = 7.2, 13.0
"""Pixels of a character at 13 px; East Asian ones are wide."""
_HEIGHT, _ROW, _PADDING = 32.0, 52.0, 26.0
_MIN_GAP, _MAX_LABEL = 56.0, 260.0


def render(graph: Graph, layout: Layout, title: str) -> str:
    """Return the page that shows `graph`."""
    columns = _columns(graph, layout)
    step = _step(layout)
    places = {n: (columns[layer][0], y * step) for n, (layer, y) in layout.nodes.items()}
    widths = {layer: width for layer, (_, width) in columns.items()}
    drawn = [
        _edge(edge, way, columns, step, graph) for edge, way in zip(graph.edges, layout.ways,
                                                                    strict=True)
    ]  # fmt: skip
    drawn += [_node(n, node, places[n], _width(node.label)) for n, node in enumerate(graph.nodes)]
    right = max(x + widths[layout.nodes[n][0]] for n, (x, _) in places.items())
    top = min(y for _, y in places.values()) - _ROW
    bottom = max(y for _, y in places.values()) + _ROW
    template = Template(files("bot.cli").joinpath(_TEMPLATE).read_text("utf-8"))
    stories = sorted({story for node in graph.nodes for story in node.stories})
    return template.substitute(
        title=escape(title),
        count=f"{len(stories)} stories, {len(graph.nodes) - 1} steps",
        view=f"-40 {top:.0f} {right + 80:.0f} {bottom - top:.0f}",
        drawing="\n".join(drawn),
    )


def _step(layout: Layout) -> float:
    """Return what a distance in a layer is in pixels, so that neighbours do not touch."""
    layers: dict[int, list[float]] = {}
    for layer, y in layout.nodes.values():
        layers.setdefault(layer, []).append(y)
    gaps = [b - a for ys in map(sorted, layers.values()) for a, b in pairwise(ys)]
    smallest = min((gap for gap in gaps if gap > 0), default=1.0)
    return _ROW / smallest


def _columns(graph: Graph, layout: Layout) -> dict[int, tuple[float, float]]:
    """Return (left edge, width) of each layer; labels of edges fit before the node they reach."""
    widths: dict[int, float] = {}
    for number, (layer, _) in layout.nodes.items():
        label = graph.nodes[number].label
        widths[layer] = max(widths.get(layer, 0.0), _width(label))
    labels: dict[int, float] = {}
    for edge in graph.edges:
        layer = layout.nodes[edge.target][0]
        labels[layer] = max(labels.get(layer, 0.0), min(_MAX_LABEL, _text_width(edge.label)))
    columns: dict[int, tuple[float, float]] = {}
    x = 0.0
    for layer in range(max(widths, default=0) + 1):
        x += labels.get(layer, 0.0) + _MIN_GAP if layer else 0.0
        columns[layer] = (x, widths.get(layer, 0.0))
        x += widths.get(layer, 0.0)
    return columns


def _edge(
    edge: Edge,
    way: Sequence[tuple[int, float]],
    columns: dict[int, tuple[float, float]],
    step: float,
    graph: Graph,
) -> str:
    source = graph.nodes[edge.source]
    attributes = f'class="edge" data-stories="{_stories(edge.stories)}"'
    if not way or edge.source == edge.target:
        return ""
    path, tip = _path(way, columns, step, _width(source.label))
    lines = [f"<g {attributes}>", f'<path d="{path}"/>']
    if edge.label:
        label = _cut(edge.label)
        x, y = tip[0] - 12, tip[1] - 6
        lines.append(
            f'<text x="{x:.1f}" y="{y:.1f}">{escape(label)}<title>{escape(edge.label)}</title>'
            "</text>"
        )
    return "".join((*lines, "</g>"))


def _path(
    way: Sequence[tuple[int, float]],
    columns: dict[int, tuple[float, float]],
    step: float,
    source_width: float,
) -> tuple[str, tuple[float, float]]:
    """Return the curve through the points of `way`, and where it ends."""
    layer, y = way[0]
    goes_back = way[-1][0] <= layer
    x = columns[layer][0] + (0 if goes_back else source_width)
    parts = [f"M{x:.1f} {y * step:.1f}"]
    before = (x, y * step)
    for number, (layer, y) in enumerate(way[1:], start=1):
        left, width = columns[layer]
        is_last = number == len(way) - 1
        end = (left + (width if goes_back and is_last else 0), y * step)
        bend = (end[0] - before[0]) / 2
        parts.append(
            f"C{before[0] + bend:.1f} {before[1]:.1f} {end[0] - bend:.1f} {end[1]:.1f} "
            f"{end[0]:.1f} {end[1]:.1f}"
        )
        before = end
        if not is_last and not goes_back:
            before = (left + width, end[1])
            parts.append(f"L{before[0]:.1f} {before[1]:.1f}")
    return "".join(parts), before


def _node(number: int, node: Node, place: tuple[float, float], width: float) -> str:
    x, y = place
    stories = "\n".join(sorted(node.stories)[:20])
    kind = f"node {node.kind}{' end' if node.is_end else ''}"
    return (
        f'<g class="{kind}" id="n{number}" data-stories="{_stories(node.stories)}" '
        f'data-name="{escape(node.label)}" transform="translate({x:.1f} {y:.1f})">'
        f'<rect y="{-_HEIGHT / 2}" width="{width:.1f}" height="{_HEIGHT}" rx="8"/>'
        f'<text x="{width / 2:.1f}" y="4.5">{escape(_cut(node.label))}</text>'
        f"<title>{escape(node.label)}\n\n{escape(stories)}</title></g>"
    )


def _stories(names: set[str]) -> str:
    return escape("\n".join(sorted(names)))


def _width(label: str) -> float:
    return _text_width(_cut(label)) + _PADDING


def _text_width(text: str) -> float:
    return sum(_WIDE if east_asian_width(char) in "WF" else _CHAR for char in text)


def _cut(text: str, longest: int = 36) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"

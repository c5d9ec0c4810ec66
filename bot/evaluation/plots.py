"""Pictures for reports. The only module that imports matplotlib; import it where it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix as count_confusions

INK, MUTED, GRID = "#1f2933", "#616e7c", "#d9dee3"
RIGHT, WRONG = "#2f7d5b", "#c2452d"
_RIGHT_SHADES = LinearSegmentedColormap.from_list("right", ["#e4f1ea", RIGHT])
_WRONG_SHADES = LinearSegmentedColormap.from_list("wrong", ["#fbe3dc", WRONG])
_FONTS = ("Inter", "Noto Sans", "DejaVu Sans")
_CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Micro Hei",
    "PingFang SC", "Microsoft YaHei", "SimHei",
)  # fmt: skip
_NUMBERED = 40
"""With more labels, the cells are too small for numbers."""
_DPI = 144
_LONGEST = 38
"""Characters of a label."""


def confusion_matrix(
    expected: Sequence[str], predicted: Sequence[str], path: Path, *, title: str
) -> None:
    """Draw which labels were taken for which others; the right ones are on the diagonal."""
    names = sorted(set(expected) | set(predicted))
    counts = count_confusions(expected, predicted, labels=names)
    with mpl.rc_context(_style()):
        # Half an inch a label for a few, less for many: 80 intents stay one readable page.
        cell = 0.52 if len(names) <= 12 else 0.36 if len(names) <= _NUMBERED else 0.21
        margin = 0.085 * min(_LONGEST, max(map(len, names)))
        side = max(2.6, cell * len(names))
        figure = Figure(figsize=(side + margin + 1.0, side + margin + 1.3), layout="constrained")
        axes = figure.add_subplot()
        _cells(axes, counts)
        _label_axes(axes, names, cell)
        wrong = int(counts.sum() - np.trace(counts))
        _head(axes, title, f"{int(counts.sum())} compared, {wrong} different")
        figure.savefig(path, dpi=_DPI)


def confidence_histogram(
    right: Sequence[float], wrong: Sequence[float], path: Path, *, title: str
) -> None:
    """Draw how sure the model was where it was right, and where it was wrong."""
    edges = np.linspace(0.0, 1.0, 26)
    with mpl.rc_context(_style()):
        figure = Figure(figsize=(7.2, 4.6), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1))
        for axes, values, colour, name in (
            (upper, right, RIGHT, "right"),
            (lower, wrong, WRONG, "wrong"),
        ):
            counts, _ = np.histogram(values, bins=edges)
            axes.bar(edges[:-1], counts, width=0.036, align="edge", color=colour)
            axes.set_ylim(0, max(1.0, counts.max() * 1.15))
            axes.yaxis.get_major_locator().set_params(integer=True, nbins=4)
            axes.grid(axis="y", color=GRID, linewidth=0.6)
            axes.set_axisbelow(True)
            share = f"{len(values)} {name}"
            axes.text(
                0.012, 0.94, share, transform=axes.transAxes, va="top", color=colour, weight="bold"
            )
        lower.invert_yaxis()
        upper.spines["bottom"].set_color(INK)
        lower.set_xlim(0, 1)
        lower.set_xlabel("confidence")
        _head(upper, title, f"{len(right) + len(wrong)} examples; bars of 0.04")
        figure.savefig(path, dpi=_DPI)


def comparison(
    curves: Mapping[str, Sequence[Sequence[float]]],
    sizes: Sequence[int],
    path: Path,
    *,
    title: str,
    measure: str,
) -> None:
    """Draw how good each configuration is, by the number of examples (or stories) it learnt from.

    Args:
        curves: Per configuration, per size, the results of all runs.
        sizes: What the runs learnt from; one for each entry of a curve.
        path: Where the picture goes.
        title: What is compared.
        measure: The name of the results.
    """
    colours = ("#2b6cb0", "#c2452d", "#2f7d5b", "#b7791f", "#6b46c1", "#0f766e")
    with mpl.rc_context(_style()):
        figure = Figure(figsize=(7.2, 4.6), layout="constrained")
        axes = figure.add_subplot()
        for number, (name, runs) in enumerate(curves.items()):
            colour = colours[number % len(colours)]
            means = np.array([np.mean(run) for run in runs])
            spread = np.array([np.std(run) for run in runs])
            axes.plot(sizes, means, marker="o", markersize=4.5, color=colour, label=name)
            axes.fill_between(
                sizes, means - spread, means + spread, color=colour, alpha=0.15, linewidth=0
            )
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_xlabel("learnt from")
        axes.set_ylabel(measure)
        axes.set_xlim(left=0)
        axes.legend(frameon=False)
        _head(axes, title, "mean of all runs; the band is one standard deviation")
        figure.savefig(path, dpi=_DPI)


def _cells(axes: Axes, counts: np.ndarray) -> None:
    """Fill the cells: the diagonal green, what is wrong red, each the darker the more."""
    size = len(counts)
    diagonal = np.eye(size, dtype=bool)
    axes.set_facecolor("white")
    top = max(1, int(counts.max()))
    for mask, shades in ((diagonal, _RIGHT_SHADES), (~diagonal, _WRONG_SHADES)):
        shown = np.ma.masked_where(~mask | (counts == 0), np.sqrt(counts))
        axes.imshow(shown, cmap=shades, vmin=0, vmax=np.sqrt(top), aspect="equal")
    axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=GRID, linewidth=0.5)
    axes.tick_params(which="both", length=0)
    if size > _NUMBERED:
        return
    for row, column in zip(*np.nonzero(counts), strict=True):
        value = int(counts[row, column])
        dark = np.sqrt(value / top) > 0.55
        axes.text(
            column, row, str(value), ha="center", va="center", fontsize=9 if size <= 12 else 7,
            color="white" if dark else INK,
        )  # fmt: skip


def _label_axes(axes: Axes, names: Sequence[str], cell: float) -> None:
    shown = [name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…" for name in names]
    shown = [name or "(nothing)" for name in shown]
    size = 9.5 if cell > 0.5 else 8.5 if cell > 0.3 else 7
    axes.set_xticks(range(len(names)), shown, rotation=90, fontsize=size)
    axes.set_yticks(range(len(names)), shown, fontsize=size)
    axes.set_xlabel("predicted", color=MUTED)
    axes.set_ylabel("expected", color=MUTED)


def _head(axes: Axes, title: str, subtitle: str) -> None:
    axes.set_title(title, loc="left", fontsize=13, weight="bold", color=INK, pad=24)
    axes.annotate(
        subtitle, (0, 1), (0, 9), xycoords="axes fraction", textcoords="offset points",
        fontsize=9.5, color=MUTED,
    )  # fmt: skip


def _style() -> Any:
    known = {font.name for font in font_manager.fontManager.ttflist}
    cjk = [name for name in _CJK_FONTS if name in known][:1]
    return {
        "font.family": [*(name for name in _FONTS if name in known), *cjk],
        "text.parse_math": False,  # a dollar sign in a label is a dollar sign
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": GRID,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.unicode_minus": False,
        "figure.constrained_layout.w_pad": 0.14,
        "figure.constrained_layout.h_pad": 0.14,
    }

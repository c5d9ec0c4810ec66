"""Pictures are drawn for few and many labels, in any language, without a missing glyph."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from matplotlib import font_manager, image

from bot.evaluation import plots

_HAS_CJK = any("CJK" in font.name for font in font_manager.fontManager.ttflist)


@pytest.mark.parametrize("count", [1, 2, 80])
def test_a_confusion_matrix_grows_with_its_labels(tmp_path: Path, count: int) -> None:
    names = [f"intent_{number:02d}" for number in range(count)]
    path = tmp_path / "matrix.png"

    plots.confusion_matrix(names, names[::-1], path, title="Intents")

    height, width = image.imread(path).shape[:2]
    assert width >= max(400, 25 * count)
    assert height >= max(400, 25 * count)


@pytest.mark.skipif(not _HAS_CJK, reason="no font with Chinese characters is installed")
def test_chinese_labels_and_dollar_signs_are_drawn_as_they_are(tmp_path: Path) -> None:
    names = ["退货申请", "greet", "$5 or $6"]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plots.confusion_matrix(names, names, tmp_path / "matrix.png", title="意图")

    assert (tmp_path / "matrix.png").stat().st_size > 5_000


@pytest.mark.parametrize(("right", "wrong"), [([], []), ([1.0, 0.4], [0.9])])
def test_a_histogram_is_drawn_with_and_without_mistakes(
    tmp_path: Path, right: list[float], wrong: list[float]
) -> None:
    plots.confidence_histogram(right, wrong, tmp_path / "h.png", title="Confidence")

    assert image.imread(tmp_path / "h.png").shape[0] > 400

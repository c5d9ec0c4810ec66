"""Built files are served from their own folder, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.webchat.channel import static_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "static" / "demo").mkdir(parents=True)
    (tmp_path / "static" / "demo" / "index.html").write_text("shop")
    (tmp_path / "secret").mkdir()
    (tmp_path / "config.yml").write_text("secret")
    return tmp_path / "static"


def test_a_file_is_served_without_guessing_its_type(folder: Path) -> None:
    response = static_file(folder, "demo/")

    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["../config.yml", "../secret", "..", "/etc/passwd", "\x00", "x" * 3000, "none.js"]
)
def test_nothing_outside_the_folder_is_told(folder: Path, path: str) -> None:
    assert static_file(folder, path).status_code == 404

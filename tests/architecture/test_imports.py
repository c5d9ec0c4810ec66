"""The import contract of pyproject.toml holds, and serving needs no training library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED_AT_TOP = {
    "pyproject.toml",
    "README.md",
    "config.yml",
    "bot",
    "connectors",
    "knowledge",
    "training_data",
    "tests",
    "LICENSE",
    "CHANGELOG.md",
}


def test_the_import_contract_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_top_level_is_the_fixed_one() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    top = {path.split("/")[0] for path in listed if path}

    assert {name for name in top if not name.startswith(".")} == ALLOWED_AT_TOP


def test_serving_imports_neither_torch_nor_scikit_learn(trained_bot: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import bot.cli.run\n"
        "from bot.cli.assemble import assemble\n"
        f"desk = assemble(Path({str(trained_bot)!r})).desk\n"
        "import asyncio\n"
        "from tests.server.turns import one_turn\n"
        "assert asyncio.run(one_turn(desk, 'How long does delivery take?'))\n"
        "assert asyncio.run(one_turn(desk, '多久能到货？'))\n"
        "heavy = {'torch', 'sklearn', 'scipy', 'matplotlib', 'transformers'}\n"
        "loaded = heavy & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr

"""The kit runs on a channel that is named on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_an_outside_channel_is_tested_by_its_name() -> None:
    kit = Path(__file__).with_name("test_channel_inbound.py")
    command = [sys.executable, "-m", "pytest", "-q", str(kit), "-k", "genuine"]

    done = subprocess.run(
        [*command, "--channel=tests.contracts.cases:SlackCase"],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout

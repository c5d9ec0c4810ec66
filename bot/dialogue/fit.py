"""Training in a process of its own, so that torch's 200 MB are gone before other models load.

`python -m bot.dialogue.fit FOLDER` reads lessons and options from the folder, tells how far it is
on its output, a line per epoch, and leaves the network there as an ONNX graph.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from bot.dialogue.lessons import Episode, Lessons
from bot.dialogue.options import NetworkOptions
from bot.dialogue.vocabulary import Vocabulary
from bot.errors import TrainingError

_ARRAYS: Final = "lessons.npz"
_FACTS: Final = "facts.json"
_GRAPH: Final = "network.onnx"
_STEPS: Final = ("rows", "actions", "contexts")


def fit(lessons: Lessons, options: NetworkOptions, report: Callable[[float], None]) -> bytes:
    """Return the trained network as an ONNX graph.

    Raises:
        TrainingError: the process failed; the message ends with what it said.
    """
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as name:
        folder = Path(name)
        _write(folder, lessons, options)
        with (folder / "errors.txt").open("w+", encoding="utf-8") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", __name__, name],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
            with process:
                for line in process.stdout or ():
                    report(float(line))
            if process.returncode:
                errors.seek(0)
                said = errors.read().strip().splitlines() or [f"exit code {process.returncode}"]
                raise TrainingError(f"training the dialogue network failed: {said[-1]}")
        return (folder / _GRAPH).read_bytes()


def _write(folder: Path, lessons: Lessons, options: NetworkOptions) -> None:
    joined = {
        name: np.concatenate([getattr(episode, name) for episode in lessons.sequences])
        for name in _STEPS
    }
    np.savez(
        folder / _ARRAYS, allow_pickle=False, states=lessons.states, intents=lessons.intents,
        lengths=np.array([len(episode.rows) for episode in lessons.sequences]), **joined,
    )  # fmt: skip
    facts = {
        "vocabulary": lessons.vocabulary.to_dict(),
        "action_names": lessons.action_names,
        "intent_names": lessons.intent_names,
        "window": lessons.window,
        "reachable": lessons.reachable,
        "options": dataclasses.asdict(options),
    }
    (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _read(folder: Path) -> tuple[Lessons, NetworkOptions]:
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
        ends = np.cumsum(arrays["lengths"])[:-1]
        parts = [np.split(arrays[name], ends) for name in _STEPS]
        lessons = Lessons(
            vocabulary=Vocabulary.from_dict(facts["vocabulary"]),
            states=arrays["states"],
            action_names=tuple(facts["action_names"]),
            intent_names=tuple(facts["intent_names"]),
            intents=arrays["intents"],
            sequences=tuple(Episode(*steps) for steps in zip(*parts, strict=True)),
            window=facts["window"],
            reachable=facts["reachable"],
        )
    options = facts["options"] | {"batch_sizes": tuple(facts["options"]["batch_sizes"])}
    return lessons, NetworkOptions(**options)


def main(folder: Path) -> None:
    """Train from the files in `folder`."""
    from bot.dialogue.graph import onnx_of
    from bot.dialogue.network import train_network

    lessons, options = _read(folder)
    weights = train_network(lessons, options, lambda share: print(share, flush=True))  # noqa: T201 - the protocol
    (folder / _GRAPH).write_bytes(onnx_of(weights, options))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

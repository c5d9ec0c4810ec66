"""A trained network that serves: onnxruntime with one thread, no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bot.dialogue.distance import distances_of
from bot.dialogue.state import DialogueState
from bot.dialogue.vocabulary import Embed, Rows, Vocabulary

Similarities = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoder:
    """Last dialogue states → similarity to every action and to every intent."""

    vocabulary: Vocabulary
    action_names: tuple[str, ...]
    intent_names: tuple[str, ...]
    window: int
    """How many states count."""
    reach: int
    """How many states are read: with several layers more than count for one."""
    max_distance: int
    onnx: bytes = field(repr=False)
    embed: Embed = field(repr=False)
    session: onnxruntime.InferenceSession = field(repr=False)

    @classmethod
    def of(cls, facts: Mapping[str, Any], onnx: bytes, embed: Embed) -> Encoder:
        """Return the encoder that `facts` and the graph describe."""
        settings = onnxruntime.SessionOptions()
        # More threads cost more than they bring for a network of this size.
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.log_severity_level = 3
        session = onnxruntime.InferenceSession(onnx, settings, providers=["CPUExecutionProvider"])
        return cls(
            vocabulary=Vocabulary.from_dict(facts["vocabulary"]),
            action_names=tuple(facts["action_names"]),
            intent_names=tuple(facts["intent_names"]),
            window=facts["window"],
            reach=facts["reach"],
            max_distance=facts["max_distance"],
            onnx=onnx,
            embed=embed,
            session=session,
        )

    def similarities(self, states: Sequence[DialogueState]) -> tuple[Similarities, Similarities]:
        """Return how well each action, and each intent of the user, follows `states`."""
        return self.similarities_of_rows(self.vocabulary.rows(states[-self.reach :], self.embed))

    def similarities_of_rows(self, rows: Rows) -> tuple[Similarities, Similarities]:
        """Return the same for encoded states, the latest last; at most `reach` are read."""
        distances = distances_of(len(rows), self.window, self.max_distance)
        feed = {"states": rows, "distances": distances}
        actions, intents = self.session.run(["actions", "intents"], feed)
        return np.asarray(actions), np.asarray(intents)

    def save(self, folder: Path, name: str) -> None:
        """Write the graph and what it means."""
        facts = {
            "vocabulary": self.vocabulary.to_dict(),
            "action_names": self.action_names,
            "intent_names": self.intent_names,
            "window": self.window,
            "reach": self.reach,
            "max_distance": self.max_distance,
        }
        text = json.dumps(facts, ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        (folder / f"{name}.onnx").write_bytes(self.onnx)

    @classmethod
    def load(cls, folder: Path, name: str, embed: Embed) -> Encoder:
        """Return the encoder that `save` wrote."""
        facts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return cls.of(facts, (folder / f"{name}.onnx").read_bytes(), embed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Encoder) and self.onnx == other.onnx

    def __hash__(self) -> int:
        return int.from_bytes(hashlib.sha256(self.onnx).digest()[:8])

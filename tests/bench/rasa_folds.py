"""Run by the Python of a Rasa 3.6 installation: trains on each fold and parses its texts.

python rasa_folds.py FOLDER, which holds `config.yml` and, per fold, `N/train.json` and
`N/texts.json`; writes `N/readings.json` and prints the CPU seconds of training.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path


def main(folder: Path) -> None:
    """Train and parse every fold that has no readings yet."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    for fold in sorted(path for path in folder.iterdir() if (path / "train.json").exists()):
        target = fold / "readings.json"
        if target.exists():
            continue
        began = time.process_time()
        model = train_nlu(str(folder / "config.yml"), str(fold / "train.json"), str(fold / "model"))
        train_cpu_s = time.process_time() - began
        agent = Agent.load(model)
        texts = json.loads((fold / "texts.json").read_text("utf-8"))

        async def read(agent: Agent = agent, texts: list[str] = texts) -> list[object]:
            return [await agent.parse_message(text) for text in texts]

        began = time.process_time()
        readings = asyncio.run(read())
        parse_cpu_s = time.process_time() - began
        result = {"train_cpu_s": train_cpu_s, "parse_cpu_s": parse_cpu_s, "readings": readings}
        target.write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

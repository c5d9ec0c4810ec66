"""`frontdesk ngc eval` on the public sets of a folder, one JSON line per set.

python -m tests.bench.tasks FOLDER [--preset light] [SET ...]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

SETS = {
    "banking77": ("intent", "banking77/banking77.csv"),
    "banking77-10": ("intent", "banking77/banking77_fewshot.csv", "--train-split", "train_10"),
    "clinc150": ("intent", "clinc150/clinc150.csv"),
    "bitext": ("intent", "bitext_cs/bitext_cs.csv"),
    "smp2019": ("intent", "zh_smp2019_nlu/smp2019.csv", "--folds", "5"),
    "braun-ubuntu": ("slots", "braun2017/AskUbuntuCorpus.jsonl"),
    "braun-chatbot": ("slots", "braun2017/ChatbotCorpus.jsonl"),
    "braun-web": ("slots", "braun2017/WebApplicationsCorpus.jsonl"),
    "mit-restaurant": ("slots", "slots_mit_restaurant/slots_mit_restaurant.jsonl"),
    "snips": ("slots", "snips/snips.jsonl"),
    "wnut17": ("ner", "ner_wnut17/wnut17.jsonl"),
    "cluener": ("ner", "zh_cluener/cluener.jsonl"),
    "sst2": ("sentiment", "sentiment_sst2/sst2.csv"),
    "shopping": ("sentiment", "zh_sentiment_online_shopping/online_shopping_10_cats.csv"),
    "semeval8": ("relations", "relation_semeval2010_task8/semeval2010_task8.jsonl"),
    "finre": ("relations", "zh_relation_finre/finre.jsonl"),
}
"""Name → task, file and options; a file without test rows is split by seed 0."""


def main() -> None:
    """Measure the sets that the arguments name, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--preset", default="light")
    parser.add_argument("sets", nargs="*", default=list(SETS))
    given = parser.parse_args()
    for name in given.sets:
        task, file, *options = SETS[name]
        place = str(given.folder / file)
        command = [
            sys.executable, "-c", "from bot.cli.main import main; main()", "ngc", "eval", "--json",
            "--task", task, "--train", place, "--test", place, "--preset", given.preset, *options,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told = json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr.strip()}
        print(json.dumps({"set": name, **told}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()

"""`frontdesk ngc prepare|train|eval|predict` from a file to figures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from bot.cli.main import main

TEXTS = {
    "refund": ("money back", "a refund", "my money returned", "to be paid back", "to get refunded"),
    "track": ("my parcel", "my package", "the delivery", "my shipment", "the courier"),
}
STARTS = ("I am asking for", "please tell me about", "what about", "it is about")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "intents.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["text", "intent", "split"])
        for number, start in enumerate(STARTS):
            for label, ends in TEXTS.items():
                rows.writerows(
                    [f"{start} {end}", label, "test" if number == 3 else "train"] for end in ends
                )
    return file


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["ngc", *arguments])
    assert ended.value.code in (0, None)
    return capsys.readouterr().out


def _figures(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    return json.loads(_run(capsys, "eval", "--task", "intent", "--json", *arguments))


def test_eval_prints_one_object_with_all_figures(table: Path, tmp_path: Path, capsys) -> None:
    told = _figures(
        capsys, "--train", str(table), "--test", str(table), "--plots", str(tmp_path / "plots")
    )

    assert told["accuracy"] >= 0.9
    assert (told["train_texts"], told["texts"]) == (30, 10)
    for name in ("macro_f1", "micro_f1", "ece", "train_seconds", "peak_memory_bytes", "p50_ms",
                 "p99_ms", "model_bytes", "accuracy_ci95"):  # fmt: skip
        assert name in told
    assert 0 < told["p50_ms"] <= told["p99_ms"]
    names = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert names == ["confidences.png", "confusions.png"]


def test_eval_in_folds_tests_every_text(table: Path, capsys) -> None:
    told = _figures(capsys, "--train", str(table), "--folds", "3")

    assert told["texts"] == 30
    assert told["accuracy"] >= 0.9


def test_eval_holds_back_where_there_is_no_test(table: Path, capsys) -> None:
    lines = [line for line in table.read_text().splitlines() if not line.endswith("test")]
    table.write_text("\n".join(lines))

    told = _figures(capsys, "--train", str(table), "--holdout", "0.2")

    assert (told["train_texts"], told["texts"]) == (24, 6)
    assert "held back by seed 0" in told["measured_on"]


def test_a_trained_folder_predicts_and_is_measured(
    table: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "model"
    _run(capsys, "train", "--task", "intent", "--train", str(table), "--test", str(table),
         "--out", str(out), "--licence", "CC0", "--target-precision", "0.9")  # fmt: skip
    card = (out / "card.md").read_text(encoding="utf-8")
    assert "CC0" in card and "accuracy" in card
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]

    told = _figures(capsys, "--model", str(out), "--test", str(table))
    assert told["accuracy"] >= 0.8

    line = json.loads(_run(capsys, "predict", "--model", str(out), "give me my money back"))
    assert line["ranking"][0]["label"] == "refund"
    monkeypatch.setattr("sys.stdin", io.StringIO("where is my parcel\nmoney back\n"))
    lines = _run(capsys, "predict", "--model", str(out)).splitlines()
    assert [json.loads(one)["ranking"][0]["label"] for one in lines] == ["track", "refund"]


def test_prepare_writes_clean_texts_and_doubts(table: Path, tmp_path: Path, capsys) -> None:
    with table.open("a", encoding="utf-8") as opened:
        opened.write(
            "\nｗｈａｔ ａｂｏｕｔ   my parcel,track,train\nwhat about my parcel,refund,train"
        )
    out = tmp_path / "clean.csv"

    told = _run(capsys, "prepare", str(table), "--out", str(out), "--augment", "--folds", "0")

    assert "left" in told and "added" in told
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert all("ｗ" not in row["text"] for row in rows)
    doubts = list(csv.DictReader((tmp_path / "clean.review.csv").open(encoding="utf-8")))
    assert [(one["reason"], one["label"]) for one in doubts] == [("conflict", "refund")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["eval", "--task", "intent"], "nothing to learn from"),
        (["eval", "--task", "intent", "--train", "no.csv"], "no.csv does not exist"),
        (["predict", "--model", "nowhere", "hi"], "nowhere holds no model"),
    ],
)
def test_mistakes_are_told_in_one_line(capsys, arguments: list[str], told: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ngc", *arguments])

    assert ended.value.code == 1
    assert told in " ".join(capsys.readouterr().err.split())

"""Recorded conversations give the same answers, events and trackers over HTTP."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import pytest

from tests.golden import recordings

pytestmark = [pytest.mark.golden, pytest.mark.timeout(600)]
NO_RECORDINGS = "there are no recordings: neither ../shared/golden nor $FRONTDESK_SHARED"


def of_kind(*, train: bool) -> list[object]:
    """Return the cases to parametrise with; one skipped entry where there are none."""
    found = [
        pytest.param(case, id=case.name)
        for case in recordings.cases()
        if (recordings.read(case).get("kind") == "train") is train
    ]
    return found or [pytest.param(None, marks=pytest.mark.skip(NO_RECORDINGS), id="none")]


@pytest.mark.parametrize("case", of_kind(train=False))
def test_a_recorded_case_is_answered_as_recorded(case: Path, tmp_path: Path) -> None:
    if reason := recordings.missing_actions(case):
        pytest.skip(reason)
    compare = recordings.compare_module(case.parent)
    told = io.StringIO()

    with recordings.served(case, tmp_path / "bot") as url, contextlib.redirect_stdout(told):
        passed, failed = compare.run_dialogue_case(url, case, "events", False)

    assert (passed, failed) == (passed + failed, 0), told.getvalue()


@pytest.mark.parametrize("case", of_kind(train=True))
def test_training_accepts_and_refuses_what_rasa_does(case: Path) -> None:
    compare = recordings.compare_module(case.parent)
    told = io.StringIO()

    with contextlib.redirect_stdout(told):
        _, failed = compare.run_train_case(f"{sys.executable} -m bot train", case, False)

    assert failed == 0, told.getvalue()

"""Settings of learned policies."""

from __future__ import annotations

import pytest

from bot.dialogue.options import TED, UNEXPECTED, NetworkOptions, idle_keys


def test_a_key_without_effect_gives_one_line_with_the_reason() -> None:
    lines = list(idle_keys(TED, {"epochs": 5, "use_gpu": True, "evaluate_every": 1}))
    assert lines == [
        "TEDPolicy: `use_gpu` has no effect: a processor core is faster for networks this small",
        "TEDPolicy: `evaluate_every` has no effect: there is no such key",
    ]


@pytest.mark.parametrize(("name", "key"), [(TED, "tolerance"), (UNEXPECTED, "max_history")])
def test_keys_belong_to_their_policy(name: str, key: str) -> None:
    assert bool(list(idle_keys(name, {key: 1}))) == (key == "tolerance")


def test_sizes_may_be_given_per_input_or_as_one_number() -> None:
    many = NetworkOptions.of({"transformer_size": {"dialogue": 32, "text": 8}, "batch_size": 50})
    assert (many.width, many.batch_sizes) == (32, (50, 50))
    assert NetworkOptions.of({"transformer_size": 30, "number_of_attention_heads": 4}).width == 32


def test_policies_with_equal_settings_share_a_network() -> None:
    ted = {"max_history": 5, "epochs": 100, "constrain_similarities": True, "priority": 1}
    assert NetworkOptions.of(ted) == NetworkOptions.of({"max_history": 5, "epochs": 100})

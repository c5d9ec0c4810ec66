"""How long a training is."""

from __future__ import annotations

from bot.ngc.transformer.recipe import MAX_EPOCHS, recipe_for


def test_large_sets_take_fewer_epochs_than_small_ones() -> None:
    assert recipe_for(100).epochs == MAX_EPOCHS > recipe_for(10_000).epochs > 1
    assert recipe_for(1_000_000).epochs == 1


def test_rounded_weights_take_more_epochs() -> None:
    assert recipe_for(10_000, is_rounded=True).epochs > recipe_for(10_000).epochs

"""Collects what operators answered into the tables that people review."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.cli.knowledge.options import console
from bot.cli.places import store_url
from bot.config import ConversationsConfig
from bot.errors import StoreError
from bot.project import Settings
from bot.training.exchanges import read_exchanges
from bot.training.operator_answers import add_answers, answers_in, waiting


def collect_answers(folder: Path, settings: Settings) -> None:
    """Add new answers of operators to the project's tables, and tell how many wait for review.

    Without a store, or while it cannot be reached, the tables stay as they are.

    Raises:
        BotError: a table is none any more.
    """
    configs = [one for one in settings.knowledge_sources if isinstance(one, ConversationsConfig)]
    if not configs:
        return
    try:
        answers = asyncio.run(answers_in(read_exchanges(store_url(settings, folder))))
    except StoreError as error:
        console.print(str(error), style="yellow", markup=False, soft_wrap=True)
        return
    for config in configs:
        path = folder / config.path
        new = add_answers(path, answers)
        count = waiting(path) if path.exists() else 0
        if new or count:
            told = f"{path}: {new} new answers of operators, {count} wait for your approval"
            console.print(told, markup=False, highlight=False, soft_wrap=True)

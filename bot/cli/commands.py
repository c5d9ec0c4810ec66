"""The commands of `frontdesk`: their names, where they are and what they do, importing none.

A command is added by one line here. A name may have several words; the longest one that fits the
arguments is run, so that `train nlu` has options of its own. The function is a Typer command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command's function is, and its line in `frontdesk --help`."""

    target: str
    """`module:function`"""
    help: str


COMMANDS: Mapping[str, Command] = {
    "init": Command("bot.cli.init:init", "Write a small bot to start from, and train it."),
    "train": Command("bot.cli.train:train", "Train the bot; what did not change is kept."),
    "train nlu": Command("bot.cli.train:train_nlu", "Train understanding only."),
    "train core": Command("bot.cli.train:train_core", "Train dialogue only."),
    "run": Command("bot.cli.run:run", "Serve the bot, the web chat and the operator console."),
    "run actions": Command("bot.cli.actions:run_actions", "Serve the project's custom actions."),
    "shell": Command("bot.cli.shell:shell", "Talk to the bot in the terminal."),
    "shell nlu": Command("bot.cli.shell:shell_nlu", "Print what understanding finds in a text."),
    "test": Command("bot.cli.test:test", "Test stories and understanding."),
    "test core": Command("bot.cli.test:test_core", "Test the stories only."),
    "test nlu": Command("bot.cli.test:test_nlu", "Test understanding only."),
    "data validate": Command("bot.cli.validate:validate", "Tell every mistake of a project."),
    "data validate stories": Command(
        "bot.cli.validate:validate_stories", "Tell only the mistakes of stories and rules."
    ),
    "data split nlu": Command(
        "bot.cli.split:split_nlu", "Split the examples: some to learn from, some to test on."
    ),
    "data split stories": Command(
        "bot.cli.split:split_stories", "Split the stories: some to learn from, some to test on."
    ),
    "data convert nlu": Command(
        "bot.cli.convert:convert_nlu", "Convert examples of Rasa, Dialogflow, LUIS or wit.ai."
    ),
    "data migrate": Command(
        "bot.cli.convert:migrate_domain", "Convert a domain of Rasa 2 to Rasa 3."
    ),
    "interactive": Command(
        "bot.cli.interactive.command:interactive", "Teach the bot by talking to it."
    ),
    "interactive core": Command(
        "bot.cli.interactive.command:interactive", "Teach the bot by talking to it."
    ),
    "visualize": Command("bot.cli.visualize:visualize", "Draw the stories as a graph."),
    "export": Command("bot.cli.export:export", "Write conversations to a file or event broker."),
    "evaluate markers": Command(
        "bot.cli.evaluate:markers", "Find points of interest in the stored conversations."
    ),
    "import-conversations": Command(
        "bot.cli.import_conversations:import_conversations",
        "Take over the conversations of a Rasa tracker store.",
    ),
    "migrate": Command(
        "bot.cli.migrate:migrate", "Tell what a Rasa project will do differently here."
    ),
    "ngc prepare": Command(
        "bot.cli.ngc.prepare:prepare", "Clean labelled texts, find likely mistakes, add variants."
    ),
    "ngc train": Command("bot.cli.ngc.train:train", "Train one understanding task from a file."),
    "ngc eval": Command("bot.cli.ngc.evaluate:evaluate", "Train on texts and measure on others."),
    "ngc predict": Command("bot.cli.ngc.predict:predict", "Tell what models find in texts."),
    "ngc serve": Command("bot.cli.ngc.serve:serve", "Serve models over HTTP."),
    "knowledge add": Command("bot.cli.knowledge.add:add", "Add sources of answers, and read them."),
    "knowledge sync": Command(
        "bot.cli.knowledge.sync:sync", "Read what changed in the sources of answers."
    ),
    "knowledge list": Command(
        "bot.cli.knowledge.list:list_documents", "List what answers are made of."
    ),
    "knowledge search": Command(
        "bot.cli.knowledge.search:search", "Show what answers a question, and how sure that is."
    ),
    "knowledge eval": Command(
        "bot.cli.knowledge.evaluate:evaluate_faq", "Measure how well questions find their answers."
    ),
    "knowledge gaps": Command(
        "bot.cli.knowledge.gaps:gaps", "List what customers asked and got no answer to."
    ),
    "nsm compress": Command(
        "bot.cli.nsm.compress:compress_model", "Make a trained model smaller, and measure that."
    ),
    "telemetry disable": Command("bot.cli.telemetry:telemetry", "Nothing is sent anywhere."),
    "telemetry enable": Command("bot.cli.telemetry:telemetry", "Nothing is sent anywhere."),
    "version": Command("bot.cli.main:version", "Print the version."),
}
LISTS: Mapping[str, frozenset[str]] = {
    "train": frozenset({"--data", "-u", "--nlu", "-s", "--stories", "-c", "--config"}),
    "test": frozenset({"-u", "--nlu", "-s", "--stories", "-c", "--config", "-p", "--percentages"}),
    "run": frozenset({"--cors"}),
    "visualize": frozenset({"-s", "--stories"}),
    "data": frozenset({"--data", "-u", "--nlu", "-s", "--stories"}),
}
"""First word → options that take several values after one name, as in `--data a b`."""

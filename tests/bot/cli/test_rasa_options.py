"""Options of scripts written for Rasa: each has an effect, or a line that says why it has none."""

from __future__ import annotations

import pytest

from bot.cli.main import LOG_LEVELS, load, main
from bot.cli.rasa_options import EVERYWHERE, IDLE

RASA = {
    "init": "--no-prompt --init-dir",
    "run": (
        "-m --model --log-file --use-syslog --syslog-address --syslog-port --syslog-protocol "
        "--endpoints -i --interface -p --port -t --auth-token --cors --enable-api "
        "--response-timeout --request-timeout --remote-storage --ssl-certificate "
        "--ssl-keyfile --ssl-ca-file --ssl-password --credentials --connector --jwt-secret "
        "--jwt-method --jwt-private-key"
    ),
    "run actions": (
        "-p --port --cors --actions --ssl-keyfile --ssl-certificate --ssl-password --auto-reload"
    ),
    "shell": (
        "--conversation-id -m --model --log-file --use-syslog --syslog-address --syslog-port "
        "--syslog-protocol --endpoints -i --interface -p --port -t --auth-token --cors "
        "--enable-api --response-timeout --request-timeout --remote-storage --ssl-certificate "
        "--ssl-keyfile --ssl-ca-file --ssl-password --credentials --connector --jwt-secret "
        "--jwt-method --jwt-private-key"
    ),
    "shell nlu": "-m --model",
    "train": (
        "--data -c --config -d --domain --out --dry-run --skip-validation "
        "--fail-on-validation-warnings --validation-max-history --augmentation --debug-plots "
        "--num-threads --fixed-model-name --persist-nlu-data --force --finetune "
        "--epoch-fraction --endpoints"
    ),
    "train core": (
        "-s --stories -d --domain -c --config --out --augmentation --debug-plots --force "
        "--fixed-model-name --percentages --runs --finetune --epoch-fraction"
    ),
    "train nlu": (
        "-c --config -d --domain --out -u --nlu --num-threads --fixed-model-name "
        "--persist-nlu-data --finetune --epoch-fraction"
    ),
    "interactive": (
        "--e2e -p --port -m --model --data --skip-visualization --conversation-id --endpoints "
        "-c --config -d --domain --out --augmentation --debug-plots --finetune "
        "--epoch-fraction --force --persist-nlu-data"
    ),
    "interactive core": (
        "-m --model -s --stories --skip-visualization --conversation-id --endpoints -c "
        "--config -d --domain --out --augmentation --debug-plots --finetune --epoch-fraction "
        "-p --port"
    ),
    "telemetry disable": "",
    "telemetry enable": "",
    "test": (
        "-m --model -s --stories --max-stories --endpoints --fail-on-prediction-errors --url "
        "--evaluate-model-directory -u --nlu -c --config -d --domain --cross-validation -f "
        "--folds -r --runs -p --percentages --no-plot --successes --no-errors --no-warnings "
        "--out"
    ),
    "test core": (
        "-m --model -s --stories --max-stories --out --e2e --end-to-end --endpoints "
        "--fail-on-prediction-errors --url --evaluate-model-directory --no-plot --successes "
        "--no-errors --no-warnings"
    ),
    "test nlu": (
        "-m --model -u --nlu --out -c --config -d --domain --cross-validation -f --folds -r "
        "--runs -p --percentages --no-plot --successes --no-errors --no-warnings"
    ),
    "visualize": "-d --domain -s --stories --out --max-history -u --nlu",
    "data convert nlu": "-f --format --data --out -l --language",
    "data split nlu": "-u --nlu --training-fraction --random-seed --out",
    "data split stories": "-u --nlu --training-fraction --random-seed --out",
    "data validate": "--max-history -c --config --fail-on-warnings -d --domain --data",
    "data validate stories": "--max-history -c --config --fail-on-warnings -d --domain --data",
    "data migrate": "-d --domain --out",
    "export": (
        "--endpoints --minimum-timestamp --maximum-timestamp --offset-timestamps-by-seconds "
        "--conversation-ids"
    ),
}
"""Command → its options in Rasa 3.6, beside those that every command has."""
_SHARED = ("-v", "--verbose", "-vv", "--debug", "--quiet", "--logging-config-file")


@pytest.mark.parametrize("name", RASA)
def test_every_option_of_rasa_is_accepted(name: str) -> None:
    ours = {option for item in load(name).params for option in (*item.opts, *item.secondary_opts)}
    known = {*ours, *IDLE.get(name, {}), *EVERYWHERE, *LOG_LEVELS}

    missing = {*RASA[name].split(), *_SHARED} - known

    assert missing == set()


@pytest.mark.parametrize("word", ["enable", "disable"])
def test_scripts_may_switch_the_telemetry(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["telemetry", word])

    assert stopped.value.code == 0
    assert "no usage data" in capsys.readouterr().out

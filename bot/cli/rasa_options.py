"""Rasa's options that change nothing here: they are passed over, each with a line that says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console

console = Console(stderr=True, emoji=False)
ANY: Final = 1000


@dataclass(frozen=True, slots=True)
class Idle:
    """An option without effect."""

    reason: str
    values: int = 1
    """How many values may follow it, at most."""


def _each(names: str, reason: str, values: int = 1) -> dict[str, Idle]:
    return dict.fromkeys(names.split(), Idle(reason, values))


_SYSLOG = "write the log to a file with --log-file, or collect what is printed"
_NO_PORT = "the shell opens no port; `frontdesk run` does"
_TRAIN_FIRST = "train with `frontdesk train`, and give the package with -m"
_KEPT = "unchanged parts are kept anyway, and the others train quickly"
_SYSLOGS: Final = {
    **_each("--use-syslog", _SYSLOG, 0),
    **_each("--syslog-address --syslog-port --syslog-protocol", _SYSLOG),
}
_TRAINING: Final = {
    **_each("--finetune", _KEPT),
    **_each("--epoch-fraction", "it belongs to --finetune"),
    **_each("--debug-plots", "`frontdesk visualize` draws the stories", 0),
}
_TEACHING: Final = {
    **_each("--config -c --data --domain -d --stories -s --out --augmentation", _TRAIN_FIRST, ANY),
    **_each("--finetune --epoch-fraction", _TRAIN_FIRST),
    **_each("--force --persist-nlu-data --debug-plots", _TRAIN_FIRST, 0),
    **_each("--port -p", "teaching opens no port"),
}
_ONE_MODEL: Final = {
    **_each("--evaluate-model-directory", "one package is tested; name it with -m", 0),
    **_each("--url", "test stories come from files; name them with -s"),
}
IDLE: Final[Mapping[str, Mapping[str, Idle]]] = {
    "train": _TRAINING,
    "train nlu": _TRAINING,
    "train core": {
        **_TRAINING,
        **_each("--percentages", "one configuration is trained", ANY),
        **_each("--runs", "one configuration is trained"),
    },
    "run": {
        **_SYSLOGS,
        **_each("--connector", "`rest` and those of credentials.yml run anyway"),
        **_each("--request-timeout", "requests are limited in size"),
        **_each("--jwt-private-key", "no JWT is issued here"),
    },
    "shell": {
        **_SYSLOGS,
        **_each("--enable-api", _NO_PORT, 0),
        **_each("--cors", _NO_PORT, ANY),
        **_each("--port -p --interface -i --auth-token -t --response-timeout", _NO_PORT),
        **_each("--jwt-secret --jwt-method --jwt-private-key --request-timeout", _NO_PORT),
        **_each("--ssl-certificate --ssl-keyfile --ssl-ca-file --ssl-password", _NO_PORT),
        **_each("--connector", "the shell is its own channel"),
        **_each("--remote-storage", "copy the package here and name it with -m"),
    },
    "test": _ONE_MODEL,
    "test core": {**_ONE_MODEL, **_each("--config -c", "the package is tested as it is", ANY)},
    "interactive": _TEACHING,
    "interactive core": _TEACHING,
    "data split stories": _each("--nlu -u", "stories are split; `data split nlu` splits examples"),
}
"""Command → its options without effect."""
EVERYWHERE: Final = _each("--logging-config-file", "FRONTDESK_LOG_LEVEL sets the level of the log")


def with_effect(name: str, args: Sequence[str]) -> Iterator[str]:
    """Iterate over the arguments of the command `name`, telling of those that change nothing."""
    idle = {**IDLE.get(name, {}), **EVERYWHERE}
    left = 0
    for arg in args:
        option, equals, _ = arg.partition("=")
        if arg.startswith("-") and option in idle:
            left = 0 if equals else idle[option].values
            told = f"{option} has no effect: {idle[option].reason}."
            console.print(told, style="yellow", markup=False, soft_wrap=True)
        elif arg.startswith("-"):
            left = 0
            yield arg
        elif left:
            left -= 1
        else:
            yield arg

"""Defaults for `pipeline` and `policies` that `config.yml` leaves out, written into it as comments.

The file keeps what it says: the comments only show what is used, ready to be changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.formats.config import automatic_pipeline, automatic_policies
from bot.project import ComponentConfig
from bot.yamlsource import Report, Source, read_file

KEYS = ("pipeline", "policies")
_FIRST_LINE = "# Frontdesk uses these defaults; take the first # of a line away to change them."


def write_defaults(path: Path) -> tuple[str, ...]:
    """Return the keys whose defaults were written into the file at `path`; none if it cannot be.

    A key whose comment is there already is left as it is.
    """
    source = read_file(path, str(path), Report()) if path.is_file() else None
    if source is None or not isinstance(source.root.value, dict | None):
        return ()
    lines = source.text.split("\n")
    written: list[str] = []
    # From the end, so that the lines of the keys before stay where they are.
    for key in sorted(KEYS, key=lambda name: -source.root.key(name).line):
        if _is_missing(source, key) and not _has_comment(source, key):
            _write(lines, source, key)
            written.append(key)
    if written:
        path.write_text("\n".join(lines).rstrip("\n") + "\n", "utf-8")
    return tuple(key for key in KEYS if key in written)


def _is_missing(source: Source, key: str) -> bool:
    node = source.root.get(key)
    return node is None or node.value is None


def _has_comment(source: Source, key: str) -> bool:
    """Return whether the line after the empty `key` is a comment, ours or Rasa's."""
    if source.root.get(key) is None:
        return False
    after = source.lines[source.root.key(key).line :]
    return bool(after) and after[0].lstrip().startswith("#")


def _write(lines: list[str], source: Source, key: str) -> None:
    """Put the defaults of `key` below it, adding the key at the end where it is missing."""
    language = source.root.get("language")
    name = language.value if language and isinstance(language.value, str) else "en"
    defaults = automatic_pipeline(name) if key == "pipeline" else automatic_policies()
    comment = [_FIRST_LINE, *(f"# {line}" for line in _entries(defaults))]
    if source.root.get(key) is None:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += ["", f"{key}:", *comment]
    else:
        line = source.root.key(key).line
        lines[line:line] = comment


def _entries(configs: Sequence[ComponentConfig]) -> Iterator[str]:
    """Iterate over the lines of a list of components."""
    for config in configs:
        yield f"  - name: {config.name}"
        yield from (
            f"    {option}: {str(value).lower() if isinstance(value, bool) else value}"
            for option, value in config.settings.items()
        )

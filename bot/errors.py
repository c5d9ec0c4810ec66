"""The error tree of Frontdesk. Every message says what is wrong, where, and what to do.

```
BotError
├── ConfigErrors (ExceptionGroup)   all mistakes of a project at once; holds ConfigError leaves
├── ConfigError (ValueError)        path, line, column, problem, hint
├── UnknownPlugin (LookupError)
├── MissingExtra (ImportError)
├── TrainingError
├── ModelError                      a trained package is missing, damaged or of another version
│   └── NoModelLoaded               the server's model was unloaded
├── KnowledgeUnusable               the knowledge base is damaged or of another version
├── StoreError                      the database refused; retryable
│   └── LeaseLost                   another worker holds the conversation; the turn is dropped
├── OwnershipConflict               who owns the conversation does not allow this; holds the owner
└── ActionError
    └── ActionServerUnreachable
```
"""

from __future__ import annotations

from collections.abc import Sequence


class BotError(Exception):
    """Anything that Frontdesk reports to its user in one line."""


class ConfigError(BotError, ValueError):
    """One mistake in a file of the project."""

    def __init__(self, path: str, line: int, column: int, problem: str, *, hint: str = "") -> None:
        """Hold the place (`line` and `column` count from 1), the problem and what to do."""
        self.path, self.line, self.column = path, line, column
        self.problem, self.hint = problem, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return `path:line:column: problem; hint`."""
        place = f"{self.path}:{self.line}:{self.column}: {self.problem}"
        return f"{place}; {self.hint}" if self.hint else place


class ConfigErrors(BotError, ExceptionGroup[ConfigError]):
    """All mistakes of a project, told at once."""

    def __new__(cls, errors: Sequence[ConfigError]) -> ConfigErrors:
        """Return the group of `errors`, which must not be empty."""
        return super().__new__(cls, f"{len(errors)} mistake(s)", errors)

    def __init__(self, errors: Sequence[ConfigError]) -> None:
        """Keep the signature of `__new__`."""
        super().__init__(f"{len(errors)} mistake(s)", errors)

    def __str__(self) -> str:
        """Return one line per mistake."""
        return "\n".join(str(error) for error in self.exceptions)


class UnknownPlugin(BotError, LookupError):
    """A component, policy, channel or store name that nobody provides."""


class MissingExtra(BotError, ImportError):
    """An optional dependency is not installed; the message holds the pip line."""


class TrainingError(BotError):
    """The project cannot be trained."""


class ModelError(BotError):
    """The trained package cannot be used."""


class NoModelLoaded(ModelError):
    """The server's model was unloaded."""


class KnowledgeUnusable(BotError):
    """The knowledge base cannot be read or changed."""


class StoreError(BotError):
    """The database refused or is unreachable; nothing was recorded, try again."""


class LeaseLost(StoreError):
    """Another worker took the conversation over; this turn must be dropped."""


class OwnershipConflict(BotError):
    """The conversation's owner does not allow this; `code` and `owner` say who has it."""

    def __init__(
        self, code: str, *, owner_id: str | None = None, owner_name: str | None = None
    ) -> None:
        """Hold the machine-readable `code` and who owns the conversation."""
        self.code, self.owner_id, self.owner_name = code, owner_id, owner_name
        super().__init__(f"{code}: owned by {owner_name or 'nobody'}")


class ActionError(BotError):
    """An action failed."""


class ActionServerUnreachable(ActionError):
    """The action server did not answer after the last retry."""

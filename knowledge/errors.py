"""The error tree of knowledge. Every message says what is wrong, where, and what to do.

```
KnowledgeError
├── SourceError (ValueError)         path, line, column, problem, hint
├── SourceErrors (ExceptionGroup)    all mistakes of a source at once
├── Unreadable (ValueError)          problem, hint: a document that cannot be read at all
├── WeightsError                     a weight file is missing or is not the one that was pinned
├── IndexEmpty (LookupError)         nothing was added yet
├── DimensionMismatch (ValueError)   vectors of another embedder
├── IndexDamaged                     a saved index cannot be used
├── UnknownIndex (ValueError)        a setting names no index
├── IndexUnreachable                 a server of vectors does not answer, or refuses
├── MissingPackage (ImportError)     an optional package is not installed
├── UnknownPassage (LookupError)     a passage that is to be removed is not there
└── BaseReadOnly                     a base that was opened to be read is to be changed
```
"""

from __future__ import annotations

from collections.abc import Sequence


class KnowledgeError(Exception):
    """Anything that knowledge reports to its user in one line."""


class SourceError(KnowledgeError, ValueError):
    """One mistake in a source."""

    def __init__(self, path: str, line: int, column: int, problem: str, *, hint: str = "") -> None:
        """Hold the place (`line` and `column` count from 1), the problem and what to do."""
        self.path, self.line, self.column = path, line, column
        self.problem, self.hint = problem, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return `path:line:column: problem; hint`."""
        place = f"{self.path}:{self.line}:{self.column}: {self.problem}"
        return f"{place}; {self.hint}" if self.hint else place


class SourceErrors(KnowledgeError, ExceptionGroup[SourceError]):
    """All mistakes of a source, told at once, in the order of the file."""

    def __new__(cls, errors: Sequence[SourceError]) -> SourceErrors:
        """Return the group of `errors`, which must not be empty."""
        return super().__new__(cls, f"{len(errors)} mistake(s)", errors)

    def __init__(self, errors: Sequence[SourceError]) -> None:
        """Keep the signature of `__new__`."""
        super().__init__(f"{len(errors)} mistake(s)", errors)

    @property
    def mistakes(self) -> tuple[SourceError, ...]:
        """The mistakes; the group holds no groups."""
        return tuple(error for error in self.exceptions if isinstance(error, SourceError))

    def __str__(self) -> str:
        """Return one line per mistake."""
        return "\n".join(str(error) for error in self.exceptions)


class Unreadable(KnowledgeError, ValueError):
    """A document cannot be read: it is encrypted, broken, too large or out of reach."""

    def __init__(self, problem: str, *, hint: str = "") -> None:
        """Hold the problem, as what follows the document's name, and what to do."""
        self.problem, self.hint = problem, hint
        super().__init__(f"{problem}; {hint}" if hint else problem)


class WeightsError(KnowledgeError):
    """A weight file is missing, or its contents are not those that were pinned."""


class IndexEmpty(KnowledgeError, LookupError):
    """The index holds no vectors."""


class DimensionMismatch(KnowledgeError, ValueError):
    """The vectors have another length than those of the index."""


class IndexDamaged(KnowledgeError):
    """A saved index is missing a file, or its files do not belong together."""


class UnknownIndex(KnowledgeError, ValueError):
    """A setting names none of the indexes that there are."""


class IndexUnreachable(KnowledgeError):
    """A server of vectors does not answer, or refuses."""


class MissingPackage(KnowledgeError, ImportError):
    """An optional package is not installed."""


class UnknownPassage(KnowledgeError, LookupError):
    """The base holds no passage of that key."""


class BaseReadOnly(KnowledgeError):
    """The base was opened to be read."""

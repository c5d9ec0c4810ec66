"""Why a channel could not receive or send.

```
ChannelError                try again later, with growing pauses
├── BadSignature            the request does not come from the platform
├── RateLimited             try again after `retry_after_s`
├── Misconfigured           the token is refused; a person must act, the message waits for that
├── Unfinished              a long reply goes on at once, under a new lease of its outbox row
├── Unanswered              no answer came back: nobody knows whether the message arrived
├── Moved                   the chat has another id, `chat`
├── Rejected                the platform refuses this message for good
│   └── Blocked             the customer does not want messages, or cannot be reached
└── Unconfirmed             it may have arrived and may not be repeated; given up, visibly
```

The sender reads two attributes: `is_permanent` (give up) and `retry_after_s` (when to try again).
"""

from __future__ import annotations

from typing import ClassVar

from bot.errors import BotError


class ChannelError(BotError):
    """Sending or receiving failed; trying again may help."""

    is_permanent: ClassVar[bool] = False
    retry_after_s: float | None = None


class BadSignature(ChannelError):
    """The request was not signed by the platform."""

    is_permanent = True


class RateLimited(ChannelError):
    """The platform asks to wait."""

    def __init__(self, retry_after_s: float) -> None:
        """Hold how long to wait."""
        self.retry_after_s = retry_after_s
        super().__init__(f"rate limited, try again after {retry_after_s} s")


class Misconfigured(ChannelError):
    """The platform refuses our credentials; each try waits long enough for a person to act."""

    retry_after_s = 300.0

    def __init__(self, code: str, *, hint: str) -> None:
        """Hold the platform's `code` and what to do."""
        self.code = code
        super().__init__(f"the platform refuses our credentials ({code}); {hint}")


class Unfinished(ChannelError):
    """Some calls of a reply are made, the others come next."""

    retry_after_s = 0.0


class Unanswered(ChannelError):
    """The request left, and no answer came back."""

    def __init__(self, problem: str) -> None:
        """Hold what happened instead."""
        super().__init__(f"no answer: {problem}")


class Moved(ChannelError):
    """The chat has another id, where the message can be sent at once."""

    retry_after_s = 0.0

    def __init__(self, chat: str) -> None:
        """Hold the new id."""
        self.chat = chat
        super().__init__(f"the chat moved to {chat}")


class Rejected(ChannelError):
    """The platform will never take this message."""

    is_permanent = True

    def __init__(self, status: int, code: str) -> None:
        """Hold the platform's status and code."""
        self.status, self.code = status, code
        super().__init__(f"rejected with status {status}: {code}")


class Blocked(Rejected):
    """The customer does not want our messages, or has left."""


class Unconfirmed(ChannelError):
    """A part of the message may have arrived; without an idempotency key it is not repeated."""

    is_permanent = True

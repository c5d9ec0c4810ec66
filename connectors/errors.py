"""Why a channel could not receive or send.

```
ChannelError
├── BadSignature            the request does not come from the platform
├── RateLimited             try again after `retry_after_s`
└── Rejected                the platform refuses for good; `is_permanent`
```
"""

from __future__ import annotations

from bot.errors import BotError


class ChannelError(BotError):
    """Sending or receiving failed; trying again may help."""

    is_permanent = False
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


class Rejected(ChannelError):
    """The platform will never take this message."""

    is_permanent = True

    def __init__(self, status: int, code: str) -> None:
        """Hold the platform's status and code."""
        self.status, self.code = status, code
        super().__init__(f"rejected with status {status}: {code}")

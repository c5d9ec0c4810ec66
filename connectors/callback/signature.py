"""The signature of an outgoing request: an HMAC over its time and its body."""

from __future__ import annotations

import hashlib
import hmac


def signature(secret: str, body: bytes, *, at_s: int) -> str:
    """Return `t=<seconds>,v1=<hex>`; `v1` is the HMAC-SHA256 of `<seconds>.<body>`.

    A receiver compares it in constant time, and refuses a time that is minutes away.
    """
    signed = str(at_s).encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"

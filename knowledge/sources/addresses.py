"""Which addresses may be connected to: checked when a connection is made, not when a name is read.

A name that resolves to a public address when it is checked and to a private one when it is used
(DNS rebinding) gains nothing: the address that was checked is the one that is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore
import httpx

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""Holds IPv4 addresses: RFC 6052."""


class Refused(httpcore.ConnectError):
    """The address belongs to a private network."""


def is_public(address: str) -> bool:
    """Return whether an IP address is reachable from everywhere, whatever it is wrapped into."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(ip.packed[-4:])
        if inner is not None and not is_public(str(inner)):
            return False
    return ip.is_global and not ip.is_multicast


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport, which connects to checked addresses and ends what takes too long."""

    def __init__(self, *, allows_private: bool) -> None:
        """Open no connection yet; `allows_private` also lets addresses of private networks pass."""
        super().__init__()
        self._backend = _GuardedBackend(allows_private=allows_private)
        # httpx has no public way to hand a network backend to its pool.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=self._backend
        )

    def end_at(self, deadline: float) -> None:
        """End connecting, reading and writing at `deadline`, of `time.monotonic`, in seconds."""
        self._backend.deadline = deadline


class _GuardedBackend(httpcore.SyncBackend):
    def __init__(self, *, allows_private: bool) -> None:
        super().__init__()
        self.deadline = float("inf")
        self._allows_private = allows_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} has no address") from error
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        refused = [item for item in addresses if not (self._allows_private or is_public(item))]
        if refused:
            raise Refused(f"{host} is {refused[0]}, an address of a private network")
        for number, address in enumerate(addresses, 1):
            left = _left(self.deadline, timeout)
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _TimedStream(stream, self)
        raise httpcore.ConnectError(f"the name {host} has no address")


class _TimedStream(httpcore.NetworkStream):
    """A connection on which nobody can keep us waiting by sending a byte now and then."""

    def __init__(self, stream: httpcore.NetworkStream, backend: _GuardedBackend) -> None:
        self._stream, self._backend = stream, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._backend.deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._backend.deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._backend.deadline, timeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, left)
        return _TimedStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    """Return how many seconds a step may take.

    Raises:
        ReadTimeout: none are left.
    """
    left = min(deadline - time.monotonic(), 3600.0 if timeout is None else timeout)
    if left <= 0:
        raise httpcore.ReadTimeout("it takes too long")
    return left

"""Limits on connections, so that silent ones do not keep the machine busy.

By itself, uvicorn waits for ever for the end of a request, takes a head of any size, and takes new connections until
the process can't open any more files.
"""

import asyncio
import itertools
import resource
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Bytes of a request's line and headers. Slack's have less than two thousand.
LARGEST_HEAD = 64_000
# Seconds from the start of a connection, or from the first byte of a request, to the end of the request.
SLOWEST_REQUEST_SECONDS = 15
# The most connections, however many files the process may open.
MOST_CONNECTIONS = 1000
# Counts events in their order. The event loop's time is too coarse: it stands still while many connections arrive.
_moments = itertools.count()


def most() -> int:
    """Returns how many connections there may be: half of the files that this process may open, but not more than
    MOST_CONNECTIONS. The other half is for the database, for Slack, and for connections that arrive before others are
    closed."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, files // 2)


class TimedConnection(HttpToolsProtocol):
    """A connection with limits. It is closed if a request, the first or a later one, does not arrive in time, or if its
    head is too large. If there are more than `most`, the one that has kept us waiting longest is closed, and `closed`
    is called."""

    def __init__(self, *arguments: Any, most: int, closed: Callable[[], None], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._most = most
        self._closed = closed

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's
        super().connection_made(transport)
        self.waiting_since = next(_moments)
        self._make_room()
        self._in_head = False
        self._head_bytes = 0
        self._deadline = self.loop.call_later(SLOWEST_REQUEST_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        if self._head_bytes > LARGEST_HEAD:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._deadline.cancel()
        self._deadline = self.loop.call_later(SLOWEST_REQUEST_SECONDS, self.transport.close)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._deadline.cancel()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.waiting_since = next(_moments)
        self._deadline.cancel()
        self._deadline = self.loop.call_later(SLOWEST_REQUEST_SECONDS, self.transport.close)
        super().on_response_complete()

    @property
    def is_waiting(self) -> bool:
        """True if the other side must send next: there is no request, or it has not fully arrived."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def _make_room(self) -> None:
        here = [one for one in self.connections if isinstance(one, TimedConnection) and not one.transport.is_closing()]
        if len(here) > self._most:
            idlest = min((one for one in here if one.is_waiting), key=lambda one: one.waiting_since)
            idlest.transport.abort()
            self._closed()

"""Connections that keep a machine busy without saying anything: uvicorn by itself waits for ever for a request's end,
takes a head of any size, and as many connections as come, until no file can be opened any more."""

import asyncio
import itertools
import resource
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64_000
"""Bytes of a request's line and headers. Slack's are below two thousand."""
SLOWEST_REQUEST_SECONDS = 15
"""From a connection's first moment, or a request's first byte, to the request's last."""
MOST = 1000
"""So many connections at most, however many files the process may open."""
_moments = itertools.count()
"""Finer than the event loop's time, which stands still while a crowd comes in."""


def most() -> int:
    """How many connections there may be: half of the files that this process may open. The other half is for those that
    come before others are closed, for the database and for Slack."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, files // 2)


class Prompt(HttpToolsProtocol):
    """A connection that is closed where a request, the first or the next, does not arrive in time, or its head is too
    large, or where there are more than `most` and this one has kept us waiting the longest; then `closed` is called."""

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
        """Whether it is the other side's turn: there is no request, or it has not arrived in full."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def _make_room(self) -> None:
        here = [one for one in self.connections if isinstance(one, Prompt) and not one.transport.is_closing()]
        if len(here) > self._most:
            idlest = min((one for one in here if one.is_waiting), key=lambda one: one.waiting_since)
            idlest.transport.abort()
            self._closed()

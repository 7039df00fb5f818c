"""Connections that keep a machine busy without saying anything: uvicorn by itself waits for ever for a request's end,
and takes a head of any size."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64_000
"""Bytes of a request's line and headers. Slack's are below two thousand."""
SLOWEST_REQUEST_SECONDS = 15
"""From a connection's first moment, or a request's first byte, to the request's last."""


class Prompt(HttpToolsProtocol):
    """A connection that is closed where a request does not arrive in time, or its head is too large."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's
        super().connection_made(transport)
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

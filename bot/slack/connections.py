"""Connections to Slack that are kept open for the next call. The SDK opens a new one for each call, which takes ways to
Slack and back, and over TLS reads the machine's certificates each time."""

import http.client
import select
import ssl
import threading
from collections import defaultdict
from functools import cached_property
from typing import Any
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse

from models.clock import SteadyClock

# Seconds that a connection is kept without use. Slack closes it sometime, and a call at that very moment is lost.
KEPT_SECONDS = 20

# The scheme, and the host with its port.
Origin = tuple[str, str]


class Connections:
    """Sends requests. Each call has a connection of its own until it is answered. Nothing is sent twice."""

    def __init__(self, *, steady: SteadyClock) -> None:
        self._steady = steady
        # Since when each one is not in use. The one that was used last stands last, and is used next.
        self._idle: dict[Origin, list[tuple[float, http.client.HTTPConnection]]] = defaultdict(list)
        self._lock = threading.Lock()

    def post(self, request: Request, *, timeout: float) -> tuple[http.client.HTTPResponse, str]:
        """Posts a request. Returns the answer, whatever its status, and its body. Raises OSError or HTTPException."""
        origin = request.type, request.host
        connection = self._kept(origin) or self._new(origin)
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request("POST", request.selector, request.data, dict(request.header_items()))
            response = connection.getresponse()
            body = response.read().decode(response.headers.get_content_charset("utf-8"))
        except BaseException:  # any error: half an answer may be left on it
            connection.close()
            raise
        if connection.sock is not None:  # unless the answer said that it is the last
            self._keep(origin, connection)
        return response, body

    def close(self) -> None:
        """Closes the connections that are not in use."""
        with self._lock:
            for idle in self._idle.values():
                _close(idle)
            self._idle.clear()

    def _kept(self, origin: Origin) -> http.client.HTTPConnection | None:
        """Returns a connection that the other side has not closed, or None."""
        with self._lock:
            self._let_go(origin)
            while self._idle[origin]:
                _, connection = self._idle[origin].pop()
                if not _has_ended(connection):
                    return connection
                connection.close()
        return None

    def _keep(self, origin: Origin, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._let_go(origin)
            self._idle[origin].append((self._steady(), connection))

    def _let_go(self, origin: Origin) -> None:
        """Closes what was not used for too long. Call it with the lock held."""
        idle, oldest = self._idle[origin], self._steady() - KEPT_SECONDS
        stale = sum(since < oldest for since, _ in idle)
        _close(idle[:stale])
        del idle[:stale]

    def _new(self, origin: Origin) -> http.client.HTTPConnection:
        scheme, host = origin
        if scheme == "https":
            return http.client.HTTPSConnection(host, context=self._trusted)
        return http.client.HTTPConnection(host)

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _close(idle: list[tuple[float, http.client.HTTPConnection]]) -> None:
    for _, connection in idle:
        connection.close()


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """True if the other side has closed the connection, or said what nobody asked for."""
    heard = select.poll()
    heard.register(connection.sock, select.POLLIN)
    return bool(heard.poll(0))


class KeptClient(WebClient):
    """The SDK's client, over connections that are kept. Behind a proxy it works as the SDK does."""

    def __init__(self, connections: Connections, token: str, base_url: str, *, timeout: int) -> None:
        super().__init__(token, base_url, timeout, retry_handlers=[])
        self._connections = connections

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        if self.proxy is not None:
            return super()._perform_urllib_http_request_internal(url, req)
        response, body = self._connections.post(req, timeout=self.timeout)
        return {"status": response.status, "headers": response.headers, "body": body}


class KeptWebhook(WebhookClient):
    """The SDK's client for one response_url, in the same way."""

    def __init__(self, connections: Connections, url: str, *, timeout: int) -> None:
        super().__init__(url, timeout=timeout, retry_handlers=[])
        self._connections = connections

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        if self.proxy is not None:
            told: WebhookResponse = super()._perform_http_request_internal(url, req)
            return told
        response, body = self._connections.post(req, timeout=self.timeout)
        return WebhookResponse(url=url, status_code=response.status, body=body, headers=dict(response.headers))

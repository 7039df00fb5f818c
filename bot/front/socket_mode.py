"""Slack over Socket Mode. Payloads must have the same shape as over HTTP."""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import structlog
from slack_bolt import BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import build_headers, send_response
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.front import payload_shape
from bot.front.workers import ANSWER_SECONDS, THREADS, Workers

# Seconds after which Baton notices that a connection broke without a word.
PING_SECONDS = 3
# The most envelopes that wait for a worker, each in a thread of the SDK. This many are answered in time.
MOST_WAITING = 50

log = structlog.get_logger(__name__)


@cache
def _trusted() -> ssl.SSLContext:
    """Returns what connections to Slack trust. Without it the SDK reads all certificates of the machine anew for each
    connection."""
    return ssl.create_default_context()


class Socket(SocketModeHandler):
    """Hands envelopes to Bolt, and answers them. `hello` gets the id of the app, as Slack tells it."""

    def __init__(self, workers: Workers, token: str, api_url: str, *, hello: Callable[[str], None]) -> None:
        web_client = WebClient(base_url=api_url, retry_handlers=[], ssl=_trusted())
        super().__init__(
            workers.app, token, web_client=web_client, ping_interval=PING_SECONDS, concurrency=THREADS + MOST_WAITING
        )
        self._workers = workers
        self._hello = hello
        self.client.message_listeners.append(self._greeted)

    def _greeted(self, _client: object, message: dict[str, Any], _raw: str | None = None) -> None:
        app_id = (message.get("connection_info") or {}).get("app_id") if message.get("type") == "hello" else None
        if isinstance(app_id, str):
            self._hello(app_id)

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as in Bolt's
        began = time.time()
        answer = self._answer(req) if payload_shape.is_slacks(req.payload) else BoltResponse(status=400)
        if answer.status in (400, 404):  # not Slack's, or of a kind that no handler takes
            log.warning("not understood", envelope=req.type)
            answer = BoltResponse(status=200)  # acknowledged: a second delivery would be no better
        try:
            send_response(client, req, answer, began)
        except SlackClientNotConnectedError:
            log.warning("answer not sent, Slack has hung up; it delivers again", envelope=req.type)

    def _answer(self, req: SocketModeRequest) -> BoltResponse:
        request = BoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req))
        job = self._workers.begin(request)
        try:
            return job.answer.result(ANSWER_SECONDS)
        except TimeoutError:
            return self._workers.give_up(job)

    def end(self) -> None:
        """Takes no new envelopes, answers those under way, and disconnects."""
        # The SDK alone would disconnect before the answers are sent, and before that wait for Slack to say something.
        client = self.client
        # The SDK's monitor would connect again.
        if client.current_app_monitor.is_alive():
            client.current_app_monitor.shutdown()  # type: ignore[no-untyped-call]  # the SDK's
        client.closed = True  # ends the reader of the queue, once it gets one more entry
        client.message_queue.put(None)
        client.message_processor.shutdown()  # type: ignore[no-untyped-call]  # the SDK's
        client.message_workers.shutdown(cancel_futures=True)  # each answers in time, whatever hangs
        client.current_session_state.terminated = True
        self._wake_receiver()
        try:
            self.close()  # type: ignore[no-untyped-call]  # the SDK's
        except AttributeError:  # the SDK fails if Slack disconnects at the same moment; a second call is safe
            self.close()  # type: ignore[no-untyped-call]  # as above

    def _wake_receiver(self) -> None:
        """Ends the wait of the thread that reads from Slack."""
        session = self.client.current_session
        connection = session.sock if session is not None else None
        if connection is not None:
            with suppress(OSError):  # Slack disconnected at the same moment
                # Not by the connection's own method: over TLS it would break the thread that reads.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

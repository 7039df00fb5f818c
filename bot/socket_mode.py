"""Slack over Socket Mode: payloads are held to the same shape as over HTTP."""

import time

import structlog
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import shape

log = structlog.get_logger(__name__)


class Socket(SocketModeHandler):
    """Hands envelopes to Bolt, and answers them."""

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as in Bolt's
        began = time.time()
        answer = run_bolt_app(self.app, req) if shape.is_slacks(req.payload) else BoltResponse(status=400)
        if answer.status in (400, 404):  # none of Slack's, or of a kind that nobody here listens to
            log.warning("not understood", envelope=req.type)
            answer = BoltResponse(status=200)  # taken: delivered again it would be no better
        try:
            send_response(client, req, answer, began)
        except SlackClientNotConnectedError:
            log.warning("answer not sent, Slack has hung up; it delivers again", envelope=req.type)

"""What the two servers to compare with share with Baton: its web front, its guard and its threads."""

import os
import re
import time

import uvicorn
from prometheus_client import CollectorRegistry
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.front import web
from bot.front.workers import Workers
from bot.telemetry.requests import Requests
from bot.telemetry.security import Security
from models.clock import SystemClock

ANY = re.compile(".*", re.DOTALL)


def bolt_app() -> App:
    """Returns a Bolt app made like Baton's, without listeners."""

    def authorize(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id, bot_token="xoxb-bench")

    return App(
        client=WebClient(retry_handlers=[]),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
    )


def serve(app: App) -> None:
    """Serves as Baton does, until SIGTERM."""
    registry = CollectorRegistry()
    guard = web.Guard(os.environ["SLACK_SIGNING_SECRET"], SystemClock(), Security(registry, steady=time.monotonic))
    requests = Requests(registry)
    starlette = web.create(
        workers=Workers(app, requests),
        guard=guard,
        registry=registry,
        requests=requests,
        not_ready=lambda: None,
        lifespan=None,
    )
    uvicorn.run(starlette, host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None, access_log=False)

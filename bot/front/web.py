"""The web application: Slack's endpoint with its guard, and the pages for operators."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from slack_bolt import BoltRequest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.front import payload_shape
from bot.front.workers import ANSWER_SECONDS, Workers
from bot.telemetry.requests import Requests
from bot.telemetry.security import Event, Security
from models.clock import Clock
from models.errors import DatabaseProblem

# A string in JSON: text that people typed, perhaps with brackets. A string without an end reaches to the end of the
# text. Otherwise a new search from each quote would take minutes.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)

# In bytes. Slack's own payloads stay below a few hundred thousand.
LARGEST_BODY = 1_000_000
# In bytes. A larger body counts as large.
USUAL_BODY = 64_000
# The most large bodies that are read at a time, because their senders are unknown until the last byte. If one more
# arrives, the slowest one is refused. Slack's own arrive within a moment.
MOST_LARGE = 20
# Levels of nested JSON. Slack's own payloads stay below twenty.
DEEPEST = 60
# Seconds in which a body must arrive.
SLOWEST_BODY_SECONDS = 10
# Threads that answer /readyz, and as many that answer /metrics. They ask the database, which may hang.
OPERATORS = 2
# The mode in which Bolt gets the payload: as the guard checked it, like one from a socket. Bolt itself reads forms in
# another way, and finds nothing in a command in which somebody typed "payload".
READ = "socket_mode"
# Seconds by which a signature's time may differ from ours, before or after. A request that differs more may be a
# replay.
TOO_OLD_SECONDS = 300


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """The request does not come from Slack, or Slack would not send it. `status` is the HTTP status of the answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(eq=False)
class _LargeBody:
    """A large body that has not fully arrived. `limit` ends its reading."""

    body: bytearray
    began: float
    limit: asyncio.Timeout
    crowded_out: bool = False

    def pace(self, now: float) -> float:
        """Returns the bytes a second so far."""
        return len(self.body) / max(now - self.began, 0.001)

    def make_room(self, now: float) -> None:
        """Ends the reading of this body."""
        self.crowded_out = True
        self.body.clear()
        self.limit.reschedule(now)


class Guard:
    """Lets through what Slack signed. It checks the size, then the signature over the raw bytes, then the shape.
    `clock` is the machine's time, with which it compares the time of a signature."""

    def __init__(self, signing_secret: str, clock: Clock, security: Security) -> None:
        self._secret = signing_secret.encode()
        self._clock = clock
        self._security = security
        self._large: set[_LargeBody] = set()

    async def check(self, request: Request) -> dict[str, Any]:
        """Returns the payload, if it is Slack's. Raises Refusal with 400, 401, 413 or 503."""
        body = await self._read(request)
        try:
            self._check_signature(request, body)
        except Refusal as refusal:
            peer = request.client.host if request.client else ""
            self._security.note(Event.BAD_SIGNATURE, why=str(refusal), peer=peer)
            raise
        return _payload(request.headers.get("content-type", ""), body)

    async def _read(self, request: Request) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > LARGEST_BODY:
            raise Refusal(413, "too large")
        body, began, large = bytearray(), asyncio.get_running_loop().time(), None
        try:
            async with asyncio.timeout(SLOWEST_BODY_SECONDS) as limit:
                async for chunk in request.stream():
                    if large is None and len(body) + len(chunk) > USUAL_BODY:
                        large = self._begin_large(_LargeBody(body=body, began=began, limit=limit))
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        raise Refusal(413, "too large")
        except TimeoutError as error:
            if large is not None and large.crowded_out:
                raise Refusal(503, "too many large bodies at once, and this one the slowest") from error
            raise Refusal(400, "too slow") from error
        except ClientDisconnect as error:
            raise Refusal(400, "gone") from error
        finally:
            if large is not None:
                self._large.discard(large)
        return bytes(body)

    def _begin_large(self, body: _LargeBody) -> _LargeBody:
        """Counts one more large body. If MOST_LARGE are being read, the slowest one is refused with 503."""
        now = asyncio.get_running_loop().time()
        there = [one for one in self._large if not one.limit.expired()]
        if len(there) >= MOST_LARGE:
            slowest = min(there, key=lambda one: one.pace(now))
            slowest.make_room(now)
            self._large.discard(slowest)
        self._large.add(body)
        return body

    def _check_signature(self, request: Request, body: bytes) -> None:
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise Refusal(401, "no valid timestamp")
        if abs(self._clock.now().timestamp() - int(timestamp)) > TOO_OLD_SECONDS:
            raise Refusal(401, "timestamp too old or too far ahead")
        digest = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}".encode(), signature.encode("utf-8", "replace")):
            raise Refusal(401, "wrong signature")


def _payload(content_type: str, body: bytes) -> dict[str, Any]:
    """Returns the payload: a form, or a JSON object, in the shape of Slack's payloads. Raises Refusal with 400."""
    try:
        text = body.decode("utf-8")
        if content_type.startswith("application/json"):
            payload = _parsed(text)
        elif content_type.startswith("application/x-www-form-urlencoded"):
            form = _form(text)
            payload = _parsed(form["payload"]) if "payload" in form else form
        else:
            raise Refusal(400, "neither a form nor JSON")
    except (UnicodeDecodeError, ValueError) as error:
        raise Refusal(400, "malformed") from error
    if not isinstance(payload, dict) or not payload_shape.is_slacks(payload):
        raise Refusal(400, "no payload of Slack's")
    return payload


def _form(text: str) -> dict[str, str]:
    """Returns the fields of a form. Raises ValueError if it is malformed, or has a field twice."""
    fields = parse_qsl(text, keep_blank_values=True, max_num_fields=200, errors="strict")
    form = dict(fields)
    if len(form) < len(fields):
        raise ValueError("a field twice")
    return form


def _parsed(text: str) -> Any:
    """Returns the JSON value. Raises ValueError if it is malformed, or nested deeper than DEEPEST."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):  # a limit for the code that walks through it
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ValueError("nested too deep")
    return json.loads(text)


def create(
    *,
    workers: Workers,
    guard: Guard | None,
    registry: CollectorRegistry,
    requests: Requests,
    not_ready: Callable[[], str | None],
    lifespan: Any,
) -> Starlette:
    """Returns the web application. Without a `guard` it has no endpoint for Slack, because Slack speaks over Socket
    Mode or to another process.

    `not_ready` returns why the program can't work now, or None.
    """
    operators = ThreadPoolExecutor(OPERATORS, thread_name_prefix="operator")
    scrapers = ThreadPoolExecutor(OPERATORS, thread_name_prefix="scraper")  # apart: each takes two seconds at most

    async def slack(request: Request) -> Response:
        if guard is None:
            return PlainTextResponse("Slack does not speak to this process over HTTP", 404)
        try:
            return await answered(await guard.check(request), request.headers)
        except Refusal as refusal:
            requests.answered.labels(refusal.status).inc()
            return PlainTextResponse(str(refusal), refusal.status)
        except Exception:  # counted for the alert, and raised again
            requests.answered.labels(500).inc()
            raise

    async def answered(payload: dict[str, Any], headers: Mapping[str, str]) -> Response:
        job = workers.begin(BoltRequest(mode=READ, body=payload, headers=dict(headers)))
        done, _ = await asyncio.wait([asyncio.wrap_future(job.answer)], timeout=ANSWER_SECONDS)
        answer = job.answer.result() if done else workers.give_up(job)
        return Response(answer.body, answer.status, {name: values[0] for name, values in answer.headers.items()})

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(_request: Request) -> Response:
        asked = asyncio.wrap_future(operators.submit(not_ready))
        try:
            why = await asyncio.wait_for(asked, ANSWER_SECONDS)
        except TimeoutError:
            why = f"the database {DatabaseProblem.DOWN}"
        return JSONResponse({"ready": why is None, "why": why}, 200 if why is None else 503)

    async def metrics(_request: Request) -> Response:
        told = await asyncio.wrap_future(scrapers.submit(generate_latest, registry))
        return Response(told, media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/slack/events", slack, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ],
        lifespan=lifespan,
    )

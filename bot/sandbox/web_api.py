"""The Web API over HTTP: who may call which method, the answer, and the faults that hit it."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.sandbox import (
    methods_chat,
    methods_conversations,
    methods_files,
    methods_oauth,
    methods_people,
    methods_reactions,
    methods_views,
    response_urls,
)
from bot.sandbox.arguments import Arguments, read_arguments
from bot.sandbox.call import Call, Method, missing_scope
from bot.sandbox.errors import Refusal
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.log import ApiCall, Log
from bot.sandbox.ratelimits import PostingPace
from bot.sandbox.records import Json
from bot.sandbox.scopes import METHOD_SCOPES
from bot.sandbox.workspace import Workspace

METHODS: dict[str, Method] = {
    **methods_chat.METHODS,
    **methods_conversations.METHODS,
    **methods_files.METHODS,
    **methods_oauth.METHODS,
    **methods_people.METHODS,
    **methods_reactions.METHODS,
    **methods_views.METHODS,
}
NEEDS_NO_TOKEN = {"api.test", "oauth.v2.access"}
# The arguments that the log leaves out.
SECRET = {"token", "client_secret"}
# The methods that need the app's token instead of the bot's.
FOR_APP_TOKENS = {"apps.connections.open"}


class WebApi:
    """Answers `/api/<method>`. `drop` breaks the client's connection. `ended` is set when the sandbox stops."""

    def __init__(
        self,
        workspace: Workspace,
        log: Log,
        faults: Faults,
        pace: PostingPace,
        *,
        open_socket_url: Callable[[], str],
        drop: Callable[[Request], None],
    ) -> None:
        self.workspace = workspace
        self.log = log
        self.faults = faults
        self.pace = pace
        self.rate_limits = True
        self.ended = asyncio.Event()
        self._drop = drop
        self._methods: dict[str, Method] = {
            **METHODS,
            "apps.connections.open": lambda _call: {"url": open_socket_url()},
        }

    async def __call__(self, request: Request) -> Response:
        """Answers one call of a method."""
        method = request.path_params["method"]
        entry = ApiCall(method=method, arguments={}, at=self.workspace.now())
        body = await request.body()
        try:
            values = read_arguments(request.url.query, request.headers.get("content-type", ""), body)
        except Refusal as refusal:
            return self._finish(entry, JSONResponse(refusal.body()), refusal.body())
        values = _basic_credentials(request) | values
        entry.arguments = {key: value for key, value in values.items() if key not in SECRET}
        with self.workspace.changed:
            channel = self._channel_of(values)
        fault = self.faults.for_call(method, channel)
        return await self._play(fault, request, entry, lambda: self._answer(request, entry, values))

    async def respond(self, request: Request) -> Response:
        """Answers one POST to a response_url. In the log and for faults its method is `response_url`."""
        body = await request.body()
        entry = ApiCall(method="response_url", arguments={}, at=self.workspace.now())
        entry.arguments = _object(body)

        def answer() -> Response:
            status, said = response_urls.answer(self.workspace, request.path_params["key"], body)
            if isinstance(said, str):
                return self._finish(entry, PlainTextResponse(said, status_code=status), {"ok": True})
            return self._finish(entry, JSONResponse(said, status_code=status), said)

        return await self._play(self.faults.for_call("response_url", None), request, entry, answer)

    async def _play(
        self, fault: Fault | None, request: Request, entry: ApiCall, answer: Callable[[], Response]
    ) -> Response:
        """Returns what the client gets: the response of `answer`, or what `fault` makes of it."""
        entry.fault = fault.kind if fault else None
        if fault is None:
            return answer()
        plays: dict[str, Callable[[], Awaitable[Response]]] = {
            "rate_limited": lambda: self._limited(entry, int(fault.seconds)),
            "server_error": lambda: self._broken(entry, fault.status),
            "refused": lambda: self._refuse(entry, fault.error),
            "slow": lambda: self._slow(answer, fault.seconds),
            "silent": lambda: self._silence(request, entry, None),
            "silent_after": lambda: self._silence(request, entry, answer),
            "drop_before": lambda: self._drop_connection(request, entry, None),
            "drop_after": lambda: self._drop_connection(request, entry, answer),
        }
        return await plays[fault.kind]()

    async def _limited(self, entry: ApiCall, seconds: int) -> Response:
        return self._too_fast(entry, seconds)

    def _too_fast(self, entry: ApiCall, seconds: int) -> Response:
        body: Json = {"ok": False, "error": "ratelimited"}
        headers = {"Retry-After": str(seconds)}
        return self._finish(entry, JSONResponse(body, status_code=429, headers=headers), body)

    async def _broken(self, entry: ApiCall, status: int) -> Response:
        return self._finish(entry, PlainTextResponse("upstream trouble", status_code=status), {})

    async def _refuse(self, entry: ApiCall, error: str) -> Response:
        body: Json = {"ok": False, "error": error}
        return self._finish(entry, JSONResponse(body), body)

    async def _slow(self, answer: Callable[[], Response], seconds: float) -> Response:
        response = answer()
        await self._until(self.ended.wait(), seconds)
        return response

    async def _silence(self, request: Request, entry: ApiCall, answer: Callable[[], Response] | None) -> Response:
        if answer is None:
            self._finish(entry, PlainTextResponse("", status_code=504), {})
        else:
            answer()
        gone = asyncio.ensure_future(_disconnected(request))
        ended = asyncio.ensure_future(self.ended.wait())
        await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        ended.cancel()
        return PlainTextResponse("", status_code=504)

    async def _drop_connection(
        self, request: Request, entry: ApiCall, answer: Callable[[], Response] | None
    ) -> Response:
        if answer is None:
            self._finish(entry, PlainTextResponse("", status_code=502), {})
        else:
            answer()
        self._drop(request)
        return PlainTextResponse("", status_code=502)

    @staticmethod
    async def _until(happening: Awaitable[Any], seconds: float) -> None:
        try:
            await asyncio.wait_for(happening, seconds)
        except TimeoutError:
            return

    def _answer(self, request: Request, entry: ApiCall, values: Json) -> Response:
        base_url = f"{request.url.scheme}://{request.url.netloc}"
        method = entry.method
        with self.workspace.change():
            try:
                call = Call(self.workspace, Arguments(values), base_url)
                answer = self._admitted(method, _token(request, values))
                seconds = self._wait_for(method, values)
                if seconds is not None:
                    return self._too_fast(entry, seconds)
                body = {"ok": True, **answer(call)}
            except Refusal as refusal:
                body = refusal.body()
        headers = {
            "x-oauth-scopes": ",".join(sorted(self.workspace.bot_scopes)),
            "x-accepted-oauth-scopes": ",".join(METHOD_SCOPES.get(method, ())),
            "x-slack-req-id": entry.at.strftime("%H%M%S%f"),
        }
        return self._finish(entry, JSONResponse(body, headers=headers), body)

    def _admitted(self, method: str, token: str | None) -> Method:
        """Returns the function that answers the method. Raises Refusal unless `token` may use it."""
        implementation = self._methods.get(method)
        if implementation is None:
            raise Refusal("unknown_method", req_method=method)
        if method not in NEEDS_NO_TOKEN:
            self._admit(method, token)
        return implementation

    def _admit(self, method: str, token: str | None) -> None:
        workspace = self.workspace
        if token is None:
            raise Refusal("not_authed")
        if token not in {workspace.bot_token, workspace.app_token}:
            raise Refusal("invalid_auth")
        if workspace.token_fault is not None:
            raise Refusal(workspace.token_fault)
        for_app = method in FOR_APP_TOKENS
        if for_app != (token == workspace.app_token) and method != "auth.test":
            raise Refusal("not_allowed_token_type")
        owned = workspace.app_scopes if for_app else workspace.bot_scopes
        for scope in METHOD_SCOPES[method]:
            if scope not in owned:
                raise missing_scope(workspace, scope)

    def _wait_for(self, method: str, values: Json) -> int | None:
        if not self.rate_limits or method != "chat.postMessage":
            return None
        return self.pace.take(self._channel_of(values) or "")

    def _channel_of(self, values: Json) -> str | None:
        """Returns the id of the channel that a call is about. If it names a person, that is their direct
        conversation."""
        wanted = values.get("channel") or values.get("channel_id")
        if not isinstance(wanted, str):
            return None
        person = self.workspace.users.get(wanted)
        conversation = self.workspace.find_dm(person) if person else None
        if conversation is not None:
            return conversation.id
        for channel in self.workspace.channels.values():
            if channel.kind != "im" and channel.name == wanted.removeprefix("#"):
                return channel.id
        return wanted

    def _finish(self, entry: ApiCall, response: Response, body: Json) -> Response:
        response.headers["date"] = format_datetime(self.workspace.now(), usegmt=True)
        entry.status = response.status_code
        entry.answer = json.loads(json.dumps(body))
        self.log.add_call(entry)
        return response


def _token(request: Request, values: Json) -> str | None:
    header = request.headers.get("authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip() or None
    token = values.get("token")
    return token if isinstance(token, str) and token else None


def _basic_credentials(request: Request) -> Json:
    """Returns client_id and client_secret from HTTP Basic authentication. Empty if there are none."""
    header = request.headers.get("authorization", "")
    if not header.startswith("Basic "):
        return {}
    try:
        client_id, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": secret}


def _object(body: bytes) -> Json:
    """Returns the JSON object in `body`, for the log. Empty if there is none."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


async def _disconnected(request: Request) -> None:
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return

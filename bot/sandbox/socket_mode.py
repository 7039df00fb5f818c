"""Socket Mode: the sockets that the app has open, and envelopes over them."""

import asyncio
import itertools
import json
import secrets
import uuid
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.records import Json
from bot.sandbox.workspace import Workspace

MOST_SOCKETS = 10
APPROXIMATE_CONNECTION_TIME = 18_060


class SocketGoneError(Exception):
    """The socket closed before it acknowledged the envelope."""


class OpenSocket:
    """One WebSocket of the app."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.waiting: dict[str, asyncio.Future[Any]] = {}

    def acknowledge(self, text: str) -> None:
        """Take one message of the app."""
        try:
            message = json.loads(text)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        waiting = self.waiting.pop(str(message.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message.get("payload"))

    def close_waiting(self) -> None:
        """Tell all who wait for an acknowledgement that none will come."""
        for waiting in self.waiting.values():
            if not waiting.done():
                waiting.set_exception(SocketGoneError())
        self.waiting.clear()


class Sockets:
    """All sockets of the app. Payloads go to one of them, in turn."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: list[OpenSocket] = []
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self.ever_opened = False
        self.base_url = ""

    def __len__(self) -> int:
        return len(self._open)

    def new_url(self) -> str:
        """An address for one WebSocket, good once."""
        ticket = str(uuid.uuid4())
        self._tickets.add(ticket)
        return f"{self.base_url}/link/?ticket={ticket}&app_id={self._workspace.app_id}"

    async def serve(self, websocket: WebSocket) -> None:
        """One connection of the app, from hello to its end."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets or len(self._open) >= MOST_SOCKETS:
            await websocket.close(code=1008)
            return
        self._tickets.discard(ticket)
        await websocket.accept()
        socket = OpenSocket(websocket)
        try:
            await websocket.send_text(json.dumps(self._hello()))
            with self._workspace.change():
                self._open.append(socket)
                self.ever_opened = True
            while True:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if message.get("text") is not None:
                    socket.acknowledge(message["text"])
        except WebSocketDisconnect:
            return
        finally:
            with self._workspace.change():
                if socket in self._open:
                    self._open.remove(socket)
            socket.close_waiting()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open) + 1,
            "debug_info": {
                "host": f"applink-{secrets.token_hex(4)}",
                "build_number": 1,
                "approximate_connection_time": APPROXIMATE_CONNECTION_TIME,
            },
            "connection_info": {"app_id": self._workspace.app_id},
        }

    async def send(self, kind: str, payload: Json, *, retry: tuple[int, str] | None = None) -> Any:
        """Send an envelope to the socket whose turn it is, and return what it acknowledges with.

        Raises SocketGoneError when there is no socket or it closes first. The caller bounds the time.
        """
        if not self._open:
            raise SocketGoneError
        socket = self._open[next(self._turn) % len(self._open)]
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        socket.waiting[envelope_id] = waiting
        try:
            await socket.websocket.send_text(json.dumps(envelope))
            return await waiting
        except (RuntimeError, WebSocketDisconnect) as closed:
            raise SocketGoneError from closed
        finally:
            socket.waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str, *, close: bool) -> None:
        """Say goodbye to every socket: reason warning or refresh_requested; `close` also hangs up."""
        message = {
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": f"applink-{secrets.token_hex(4)}"},
        }
        for socket in tuple(self._open):
            try:
                await socket.websocket.send_text(json.dumps(message))
                if close:
                    await socket.websocket.close(code=1000)
            except (RuntimeError, WebSocketDisconnect):
                continue  # it went by itself

    async def hang_up(self) -> None:
        """Close every socket without a word."""
        for socket in tuple(self._open):
            try:
                await socket.websocket.close(code=1001)
            except (RuntimeError, WebSocketDisconnect):
                continue  # it went by itself

"""Socket Mode: the sockets that the app has open, and the envelopes that go over them."""

import asyncio
import itertools
import json
import secrets
import uuid
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.records import Json
from bot.sandbox.workspace import Workspace

# At most this many sockets at once.
MOST_SOCKETS = 10
# How many seconds a connection lasts, as the hello message says.
APPROXIMATE_CONNECTION_TIME = 18_060


class SocketGoneError(Exception):
    """The socket closed before the app acknowledged the envelope."""


class OpenSocket:
    """One WebSocket of the app."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.waiting: dict[str, asyncio.Future[Any]] = {}

    def acknowledge(self, text: str) -> None:
        """Reads one message of the app. If it acknowledges an envelope, the sender gets its payload."""
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
        """Makes every wait for an acknowledgement raise SocketGoneError."""
        for waiting in self.waiting.values():
            if not waiting.done():
                waiting.set_exception(SocketGoneError())
        self.waiting.clear()


class Sockets:
    """All sockets of the app. Each payload goes to the next of them."""

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
        """Returns an address for one WebSocket. It works once."""
        ticket = str(uuid.uuid4())
        self._tickets.add(ticket)
        return f"{self.base_url}/link/?ticket={ticket}&app_id={self._workspace.app_id}"

    async def serve(self, websocket: WebSocket) -> None:
        """Serves one connection of the app, from hello to its end."""
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
        """Sends an envelope to the next socket. Returns the payload of its acknowledgement.

        Raises SocketGoneError if there is no socket, or if it closes first. Has no timeout; the caller sets one.
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
        """Asks the app to reconnect every socket. `reason` is warning or refresh_requested. Closes the sockets if
        `close`."""
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
                continue  # it is closed already

    async def hang_up(self) -> None:
        """Closes every socket without asking the app to reconnect."""
        for socket in tuple(self._open):
            try:
                await socket.websocket.close(code=1001)
            except (RuntimeError, WebSocketDisconnect):
                continue  # it is closed already

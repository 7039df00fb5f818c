"""The sandbox's HTTP and WebSocket server: uvicorn, on an event loop in its own thread."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request

Result = TypeVar("Result")


class PromptServer(uvicorn.Server):
    """A uvicorn server that stops at once. The original looks at intervals whether it should stop, and takes 0.2 s."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        """Serves until `ended` is set."""
        await self.ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Gives open requests one second to finish, then closes everything."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(tuple(self.server_state.tasks), timeout=1)
        for connection in tuple(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        await asyncio.sleep(0)
        await self.lifespan.shutdown()


class Server:
    """Runs an ASGI app on a loopback port."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self.host, self.port = self._socket.getsockname()
        self.loop = asyncio.new_event_loop()
        self._uvicorn: PromptServer | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._started = threading.Event()

    def start(self, app: Starlette) -> None:
        """Serves `app`. Returns when it accepts requests."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_ping_interval=10.0,
            ws_ping_timeout=20.0,
            timeout_keep_alive=30,
            server_header=False,
        )
        self._uvicorn = PromptServer(config)
        self._thread.start()
        self._started.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._serve())
        finally:
            left = asyncio.all_tasks(self.loop)  # deliveries to an app that has not answered yet
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    async def _serve(self) -> None:
        server = self._uvicorn
        if server is None:
            raise RuntimeError("start the server first")
        self._socket.listen(2048)
        self.loop.call_soon(self._started.set)  # the socket listens, so clients can connect from now on
        await server.serve(sockets=[self._socket])

    def call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Runs a coroutine on the server's loop, and returns its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def drop(self, request: Request) -> None:
        """Breaks the connection of `request`."""
        if self._uvicorn is None:
            return
        for connection in tuple(self._uvicorn.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None and getattr(connection, "client", None) == tuple(request.client or ()):
                transport.abort()

    def stop(self) -> None:
        """Closes all connections, and ends the thread."""
        if self._uvicorn is not None:
            self.loop.call_soon_threadsafe(self._uvicorn.ended.set)
            self._thread.join()
        else:
            self.loop.close()
        self._socket.close()

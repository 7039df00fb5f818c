"""The load: sends prepared requests to a server over kept connections, from this process."""

import asyncio
import gc
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httptools
import uvloop

# Connections for saturation. With this many the server never waits for the next request.
CONNECTIONS = 8
# Connections for a steady pace. There are always more than are busy at once.
MOST_CONNECTIONS = 64
# Seconds. A timer is late by up to a millisecond, so this long before a request is due the loop polls the clock.
TIMER_SECONDS = 0.002


class WrongAnswer(Exception):  # noqa: N818 - it ends the bench and says why
    """A server did not do what the bench measures."""


@dataclass(frozen=True, kw_only=True)
class Steady:
    """What requests at a steady pace took: `waits`, of each request, in seconds; `processor_seconds` of the server, for
    all of them."""

    waits: list[float]
    processor_seconds: float


class Connection(asyncio.Protocol):
    """A kept connection that carries one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Sends a request. Returns the status and the body of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()

    # The event loop and the parser call the methods below.

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(WrongAnswer(f"the server hung up: {exc}"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status, body = self._parser.get_status_code(), self._body
        self._begin()
        if self._answer is not None:
            self._answer.set_result((status, body))


def saturate(port: int, requests: Sequence[bytes], *, says: bytes, seconds: float) -> tuple[int, float]:
    """Sends as many requests as the server takes. Returns how many it answered, and in how many seconds. Raises
    WrongAnswer."""

    async def run() -> tuple[int, float]:
        async with _connected(port, CONNECTIONS) as connections:
            begun = time.perf_counter()
            left = itertools.takewhile(lambda _: time.perf_counter() < begun + seconds, requests)
            counts = await asyncio.gather(*(_ask_all(connection, left, says) for connection in connections))
            return sum(counts), time.perf_counter() - begun

    with no_garbage_collection():
        return uvloop.run(run())


def steady(
    port: int, requests: Sequence[bytes], *, says: bytes, per_second: float, processor: Callable[[], float]
) -> Steady:
    """Sends the requests at a steady pace, whether the server keeps up or not. A wait counts from the moment at which
    the request was due. `processor` returns the server's processor time so far. Raises WrongAnswer."""

    async def run() -> Steady:
        async with _connected(port, MOST_CONNECTIONS) as connections:
            free: asyncio.Queue[Connection] = asyncio.Queue()
            for connection in connections:
                free.put_nowait(connection)
            begun, used = time.perf_counter() + 0.05, processor()

            async def one(request: bytes, due: float) -> float:
                connection = await free.get()
                await _ask(connection, request, says)
                free.put_nowait(connection)
                return time.perf_counter() - due

            sent: list[asyncio.Task[float]] = []
            for number, request in enumerate(requests):
                due = begun + number / per_second
                await _until(due)
                sent.append(asyncio.create_task(one(request, due)))
            return Steady(waits=await asyncio.gather(*sent), processor_seconds=processor() - used)

    with no_garbage_collection():
        return uvloop.run(run())


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Inside, this process does not stop to look for garbage."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


async def _until(due: float) -> None:
    await asyncio.sleep(max(0.0, due - TIMER_SECONDS - time.perf_counter()))
    while time.perf_counter() < due:  # noqa: ASYNC110 - no event comes at so exact a time
        await asyncio.sleep(0)


async def _ask_all(connection: Connection, requests: Iterator[bytes], says: bytes) -> int:
    count = 0
    for request in requests:
        await _ask(connection, request, says)
        count += 1
    return count


async def _ask(connection: Connection, request: bytes, says: bytes) -> None:
    status, body = await connection.ask(request)
    if status != 200 or says not in body:
        raise WrongAnswer(f"status {status}: {body[:400].decode(errors='replace')}")


@asynccontextmanager
async def _connected(port: int, count: int) -> AsyncIterator[list[Connection]]:
    loop = asyncio.get_running_loop()
    made: list[Connection] = []
    try:
        for _ in range(count):
            _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
            made.append(connection)
        yield made
    finally:
        for connection in made:
            connection.close()

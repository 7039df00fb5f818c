"""Delivers payloads to the app: over its sockets if it has any open, otherwise over signed HTTP."""

import asyncio
import itertools
import time
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.faults import DeliveryFault, Faults
from bot.sandbox.http_transport import HttpAnswer, NoAnswerError, encode, post
from bot.sandbox.log import Delivery, Log
from bot.sandbox.records import Json
from bot.sandbox.socket_mode import SocketGoneError, Sockets
from bot.sandbox.workspace import Workspace, random_id

# How many seconds of machine time the app has to answer.
TIME_TO_ANSWER = 3.0
# How long after a failed attempt the next one follows, on the sandbox's clock.
RETRY_AFTER = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
# Seconds between looks at a clock that another process may move.
SHARED_CLOCK_LOOK = 0.2

# The first attempts that the current act of a person caused. The act waits for them.
caused: ContextVar[list[Future[Any]] | None] = ContextVar("caused", default=None)


@dataclass(frozen=True, kw_only=True)
class Misdirected:
    """The installation or app that Slack made payloads for, although they arrive here: somebody who runs several apps
    may give them one address. Their signature is right."""

    team_id: str | None = None
    app_id: str | None = None

    def made_foreign(self, payload: Json) -> Json:
        """Returns the payload as Slack would make it there."""
        made = {**payload, "api_app_id": self.app_id or payload.get("api_app_id")}
        if self.team_id is None:
            return made
        for name in ("team_id", "context_team_id"):
            if name in made:
                made[name] = self.team_id
        for name in ("team", "user"):
            if isinstance(made.get(name), dict):
                made[name] = {**made[name], "id" if name == "team" else "team_id": self.team_id}
        if "authorizations" in made:
            made["authorizations"] = [{**one, "team_id": self.team_id} for one in made["authorizations"]]
        if isinstance(made.get("view"), dict):
            made["view"] = {**made["view"], "team_id": self.team_id, "app_installed_team_id": self.team_id}
        return made


class Courier:
    """Delivers payloads. Runs on the event loop of the server. Any thread may call the methods of its first section."""

    def __init__(
        self,
        workspace: Workspace,
        log: Log,
        faults: Faults,
        sockets: Sockets,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.workspace = workspace
        self.log = log
        self.faults = faults
        self.sockets = sockets
        self.urls: list[str] = []
        self.base_url = ""
        self.time_to_answer = TIME_TO_ANSWER
        self.in_flight = 0
        self.misdirected: Misdirected | None = None
        self._loop = loop
        self._turn = itertools.count()
        self._due: list[tuple[datetime, int, Json, str]] = []
        self._clock_moved = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- any thread may call these ------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """True if no event is on its way, and no redelivery of one is due."""
        now = self.workspace.now()
        return not self.in_flight and all(due > now for due, *_ in tuple(self._due))

    def send_event(self, event: Json) -> None:
        """Wraps `event` and delivers it, again after a failure. Drops it if the app has no address and has never opened
        a socket."""
        if not self.urls and not self.sockets.ever_opened:
            return
        self._count(1)
        future = asyncio.run_coroutine_threadsafe(self._counted_event(self.wrap(event)), self._loop)
        waiting = caused.get()
        if waiting is not None:
            waiting.append(future)

    def send(self, kind: str, payload: Json, *, copies: int = 1) -> list[Delivery]:
        """Delivers a command or an interaction, `copies` times at once. Returns the finished attempts."""

        async def all_copies() -> list[Delivery]:
            return list(await asyncio.gather(*(self._once(kind, payload) for _ in range(copies))))

        return asyncio.run_coroutine_threadsafe(all_copies(), self._loop).result()

    def clock_moved(self) -> None:
        """Starts the redeliveries that are due by now."""
        self._loop.call_soon_threadsafe(self._clock_moved.set)

    def wrap(self, event: Json) -> Json:
        """Returns the event_callback with this event."""
        workspace = self.workspace
        return {
            "token": workspace.verification_token,
            "team_id": workspace.team_id,
            "context_team_id": workspace.team_id,
            "context_enterprise_id": None,
            "api_app_id": workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": random_id("Ev"),
            "event_time": workspace.epoch(),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.team_id,
                    "user_id": workspace.bot_user.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": self._is_shared(event),
            "event_context": f"4-{random_id('')}",
        }

    def _is_shared(self, event: Json) -> bool:
        place = event.get("channel") or (event.get("item") or {}).get("channel")
        channel = self.workspace.channels.get(place) if isinstance(place, str) else None
        return channel is not None and self.workspace.is_shared(channel)

    def _count(self, change: int) -> None:
        with self.workspace.change():
            self.in_flight += change

    # -- on the loop --------------------------------------------------------------------------------------

    async def _counted_event(self, payload: Json) -> None:
        try:
            await self._event(payload)
        finally:
            self._count(-1)

    async def _event(self, payload: Json) -> None:
        fault = self.faults.for_delivery("events_api", payload["event"]["type"])
        if fault is None:
            await self._attempt_event(payload, 0, "")
        elif fault.kind == "duplicate":
            await asyncio.gather(*(self._attempt_event(payload, 0, "") for _ in range(fault.copies)))
        else:
            lost = self._new_delivery("events_api", payload, fault)
            if fault.kind == "hold":
                self.faults.hold(lost, lambda: self._release(payload))
            self._finish(lost, time.monotonic())

    def _release(self, payload: Json) -> None:
        self._count(1)

        async def deliver() -> None:
            try:
                await self._attempt_event(payload, 0, "")
            finally:
                self._count(-1)

        asyncio.run_coroutine_threadsafe(deliver(), self._loop).result()

    async def _attempt_event(self, payload: Json, attempt: int, reason: str) -> None:
        retry = (attempt, reason) if attempt else None
        delivery = await self._attempt("events_api", payload, retry=retry)
        if delivery.failure is None or attempt >= len(RETRY_AFTER):
            return
        if delivery.headers.get("x-slack-no-retry") == "1":
            return
        if attempt == 0:
            await self._attempt_event(payload, 1, _reason(delivery.failure))
        else:
            due = self.workspace.now() + RETRY_AFTER[attempt]
            self._due.append((due, attempt + 1, payload, _reason(delivery.failure)))
            self._clock_moved.set()

    async def redeliver_when_due(self) -> None:
        """Starts each redelivery when the sandbox's clock reaches its time. Runs as long as the sandbox."""
        while True:
            self._clock_moved.clear()
            now = self.workspace.now()
            for entry in sorted((one for one in self._due if one[0] <= now), key=lambda one: one[0]):
                self._count(1)
                self._due.remove(entry)
                task = asyncio.ensure_future(self._redeliver(entry[2], entry[1], entry[3]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            wait: float | None = None
            if self._due:
                wait = max(0.0, (min(one[0] for one in self._due) - now).total_seconds())
                if self.workspace.clock.is_shared:
                    wait = min(wait, SHARED_CLOCK_LOOK)
            try:
                await asyncio.wait_for(self._clock_moved.wait(), wait)
            except TimeoutError:
                continue

    async def _redeliver(self, payload: Json, attempt: int, reason: str) -> None:
        try:
            await self._attempt_event(payload, attempt, reason)
        finally:
            self._count(-1)

    async def _once(self, kind: str, payload: Json) -> Delivery:
        fault = self.faults.for_delivery(kind, None)
        if fault is not None and fault.kind == "duplicate":
            copies = await asyncio.gather(*(self._attempt(kind, payload) for _ in range(fault.copies)))
            return copies[0]
        if fault is not None:
            lost = self._new_delivery(kind, payload, fault)
            lost.failure = "http_timeout"
            if fault.kind == "hold":
                self.faults.hold(lost, lambda: self.send(kind, payload))
            return self._finish(lost, time.monotonic())
        return await self._attempt(kind, payload)

    def _new_delivery(self, kind: str, payload: Json, fault: DeliveryFault | None = None) -> Delivery:
        delivery = Delivery(kind=kind, payload=payload, at=self.workspace.now(), transport="none")
        delivery.fault = fault.kind if fault else None
        self.log.add_delivery(delivery)
        return delivery

    async def _attempt(self, kind: str, payload: Json, *, retry: tuple[int, str] | None = None) -> Delivery:
        payload = self.misdirected.made_foreign(payload) if self.misdirected else payload
        delivery = self._new_delivery(kind, payload)
        delivery.attempt = retry[0] if retry else 0
        started = time.monotonic()
        try:
            if len(self.sockets):
                delivery.transport = "socket"
                async with asyncio.timeout(self.time_to_answer):
                    delivery.body = await self._over_sockets(kind, payload, retry)
                delivery.status = 200
            elif self.urls:
                delivery.transport = "http"
                delivery.to = self.urls[next(self._turn) % len(self.urls)]
                async with asyncio.timeout(self.time_to_answer):
                    _take(delivery, await self._over_http(delivery.to, kind, payload, retry))
            else:
                delivery.failure = "no_app"
        except TimeoutError:
            delivery.failure = "http_timeout"
        except NoAnswerError:
            delivery.failure = "connection_failed"
        except SocketGoneError:
            delivery.failure = "socket_closed"
        return self._finish(delivery, started)

    async def _over_sockets(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Any:
        """Returns the app's answer. If the socket closes first, events follow their own rules of redelivery, and
        everything else goes to the next socket at once. Raises SocketGoneError."""
        while True:
            try:
                return await self.sockets.send(kind, payload, retry=retry)
            except SocketGoneError:
                if kind == "events_api" or not len(self.sockets):
                    raise

    async def _over_http(self, url: str, kind: str, payload: Json, retry: tuple[int, str] | None) -> HttpAnswer:
        body, content_type = encode(kind, payload)
        extra = {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]} if retry else {}
        return await post(url, body, content_type, secret=self.workspace.signing_secret, extra_headers=extra)

    async def verify_url(self, url: str, challenge: str) -> HttpAnswer:
        """Sends a challenge to `url` (url_verification) and returns the answer. Raises NoAnswerError or
        TimeoutError."""
        payload = {
            "token": self.workspace.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        body, content_type = encode("events_api", payload)
        async with asyncio.timeout(self.time_to_answer):
            return await post(url, body, content_type, secret=self.workspace.signing_secret)

    def _finish(self, delivery: Delivery, started: float) -> Delivery:
        with self.workspace.change():
            delivery.seconds = time.monotonic() - started
            delivery.finished = True
        return delivery

    async def stop(self) -> None:
        """Cancels the redeliveries that are on their way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _reason(failure: str) -> str:
    """Returns the failure as X-Slack-Retry-Reason names it."""
    return "connection_failed" if failure in {"no_app", "socket_closed"} else failure


def _take(delivery: Delivery, answer: HttpAnswer) -> None:
    delivery.status = answer.status
    delivery.headers = answer.headers
    delivery.body = answer.decoded()
    if not 200 <= answer.status < 300:
        delivery.failure = "http_error"

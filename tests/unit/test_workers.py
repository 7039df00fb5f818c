"""The threads that answer: their number is limited, and so is the number of requests that wait for one."""

import threading
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from slack_bolt import BoltRequest, BoltResponse

from bot.front.workers import MOST_WAITING, THREADS, TOO_BUSY, Workers
from bot.telemetry.requests import CountedApp, Requests

COMMAND = BoltRequest(body="command=%2Fbaton", headers={"content-type": ["application/x-www-form-urlencoded"]})


class Hanging(CountedApp):
    """Answers nothing until `free`."""

    def __init__(self, requests: Requests) -> None:
        super().__init__(
            requests,
            refusal=lambda _payload: None,
            token="xoxb-1",
            signing_secret="s",
            token_verification_enabled=False,
        )
        self.free = threading.Event()
        self.begun = threading.Semaphore(0)

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        self.begun.release()
        assert self.free.wait(10)
        return BoltResponse(status=200, body=str(req.body["command"]))


@pytest.fixture
def app() -> Iterator[Hanging]:
    app = Hanging(Requests(CollectorRegistry()))
    yield app
    app.free.set()


def test_beyond_those_who_can_be_answered_in_time_one_hears_so_at_once(app: Hanging) -> None:
    workers = Workers(app, Requests(CollectorRegistry()))
    under_way = [workers.begin(COMMAND) for _ in range(THREADS)]
    for _ in under_way:
        assert app.begun.acquire(timeout=10)
    waiting = [workers.begin(COMMAND) for _ in range(MOST_WAITING)]
    refused = workers.begin(COMMAND)
    assert TOO_BUSY in refused.answer.result(0).body
    given_up = waiting.pop()
    assert TOO_BUSY in workers.give_up(given_up).body
    app.free.set()
    assert {job.answer.result(10).body for job in (*under_way, *waiting)} == {"/baton"}
    workers.stop()
    assert not given_up.answer.done()

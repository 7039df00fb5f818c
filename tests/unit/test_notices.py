"""Notices: no answer waits for them, each is given once, and none is lost when the program stops."""

import threading
from collections.abc import Iterator

import pytest
import structlog

from bot.front.notices import MOST_OPEN, Notices


@pytest.fixture
def notices() -> Iterator[Notices]:
    notices = Notices()
    yield notices
    notices.stop()


def test_who_gives_a_notice_does_not_wait_for_it(notices: Notices) -> None:
    free, given = threading.Event(), threading.Event()
    notices.give(lambda: given.set() if free.wait(10) else None)
    assert not given.is_set()
    free.set()
    notices.wait()
    assert given.is_set()


def test_beyond_those_that_may_wait_a_request_gives_its_own(notices: Notices) -> None:
    free, by = threading.Event(), list[str]()

    def wait_and_say() -> None:
        assert free.wait(10)
        by.append(threading.current_thread().name)

    for _ in range(MOST_OPEN):
        notices.give(wait_and_say)
    notices.give(lambda: by.append("at once"))
    assert by == ["at once"]
    free.set()
    notices.wait()
    assert len(by) == MOST_OPEN + 1


def test_a_stop_gives_what_waits_and_what_comes_afterwards(notices: Notices) -> None:
    given = list[int]()
    for number in range(MOST_OPEN):
        notices.give(lambda number=number: given.append(number))  # type: ignore[misc]  # a default binds it
    notices.stop()
    notices.give(lambda: given.append(MOST_OPEN))
    assert sorted(given) == list(range(MOST_OPEN + 1))


def test_a_stop_does_not_wait_for_a_slack_that_hangs(notices: Notices) -> None:
    free, given = threading.Event(), threading.Event()
    notices.give(lambda: given.set() if free.wait(10) else None)
    notices.stop(patience=0)
    assert not given.is_set()
    free.set()


def test_a_notice_that_fails_is_logged_and_the_next_one_given(notices: Notices) -> None:
    given = threading.Event()

    def fail() -> None:
        raise ValueError

    with structlog.testing.capture_logs() as logs:
        notices.give(fail)
        notices.give(given.set)
        notices.wait()
    assert given.is_set()
    assert [one["event"] for one in logs] == ["notice not given"]

"""The sandbox's time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox import Sandbox, SandboxClock


def test_it_can_be_advanced_and_set() -> None:
    clock = SandboxClock()
    clock.set(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    clock.advance(timedelta(hours=2))

    assert timedelta(0) <= clock.now() - datetime(2026, 3, 2, 11, 0, tzinfo=UTC) < timedelta(seconds=5)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        SandboxClock().set(datetime(2026, 3, 2))  # noqa: DTZ001 - the mistake that is refused


def test_processes_share_it_through_a_file(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    mine, theirs = SandboxClock(file), SandboxClock(file)
    assert theirs.offset == 0

    mine.advance(timedelta(days=3))

    assert theirs.offset == pytest.approx(3 * 86_400)
    assert [path.name for path in tmp_path.iterdir()] == ["clock"]


def test_message_times_rise_even_when_the_clock_goes_back() -> None:
    with Sandbox() as slack:
        before = [float(slack.workspace.next_ts()) for _ in range(100)]
        slack.clock.advance(timedelta(days=-1))
        after = [float(slack.workspace.next_ts()) for _ in range(100)]

    assert sorted({*before, *after}) == before + after

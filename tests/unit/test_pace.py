"""The pause between two messages of one channel."""

import time

from jobs.deliver import Pace


def test_the_second_message_of_a_channel_waits() -> None:
    pace = Pace(0.2)
    begun = time.monotonic()
    pace.wait("C1")
    pace.wait("C1")
    assert time.monotonic() - begun >= 0.2

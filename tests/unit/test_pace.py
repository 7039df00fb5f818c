"""The pause between two messages of one channel."""

import time

from jobs.deliver import Pace


def test_the_second_message_of_a_channel_waits_and_another_channel_does_not() -> None:
    pace = Pace(0.2)
    begun = time.monotonic()
    pace.wait("C1")
    pace.wait("C2")
    both = time.monotonic() - begun
    pace.wait("C1")
    assert time.monotonic() - begun >= 0.2
    assert both < 0.2

"""Ids that the program makes: 63 bits, and none is given twice, not even after a backup was restored.

The upper 42 bits are the milliseconds since 2025, so rows that are written together lie together in an index. The lower
21 bits are random. An id identifies a row. It does not order rows, because the clocks of machines differ. If two
processes ever make the same id, the database refuses the second row, and its change is decided again with other ids.
"""

import random
import threading
import time
from collections.abc import Iterator

# The beginning of 2025, in milliseconds since 1970.
_BEGIN_MS = 1_735_689_600_000
_RANDOM_BITS = 21
_one_at_a_time = threading.Lock()
_latest = 0


def new_id() -> int:
    """Returns an id that no other row has, larger than all that this process made before: messages that are due at the
    same moment are sent in the order in which they were wanted."""
    global _latest  # noqa: PLW0603 - the ids of the whole process
    # Nobody guards an id, so no call to the system: it would let another thread in, for each of a change's ids.
    fresh = (time.time_ns() // 1_000_000 - _BEGIN_MS) << _RANDOM_BITS | random.getrandbits(_RANDOM_BITS)
    with _one_at_a_time:
        _latest = max(fresh, _latest + 1)
        return _latest


def new_ids() -> Iterator[int]:
    """Returns the ids for the rows of one change, ascending."""
    while True:
        yield new_id()

"""Ids that the program makes: 63 bits, and none is given twice, not even after a backup was restored.

The upper 42 bits are the milliseconds since 2025, so rows that are written together lie together in an index. The lower
21 bits are random. An id identifies a row. It does not order rows, because the clocks of machines differ. If two
processes ever make the same id, the database refuses the second row, and its change is decided again with other ids.
"""

import secrets
import time
from collections.abc import Iterator
from itertools import count

# The beginning of 2025, in milliseconds since 1970.
_BEGIN_MS = 1_735_689_600_000
_RANDOM_BITS = 21


def new_id() -> int:
    """Returns an id that no other row has."""
    return (time.time_ns() // 1_000_000 - _BEGIN_MS) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)


def new_ids() -> Iterator[int]:
    """Returns the ids for the rows of one change, ascending."""
    return count(new_id())

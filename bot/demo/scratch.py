"""A temporary folder that is removed with the process that created it. If that process was killed, the next one removes
the folder."""

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import Self

# A file in the folder that its process holds locked. The lock ends with the process, however that ends.
OWNER = "owner"


class Scratch:
    def __init__(self, prefix: str) -> None:
        _clear_left_behind(prefix)
        self._temporary = tempfile.TemporaryDirectory(prefix=prefix)
        self.folder = Path(self._temporary.name)
        new = self.folder / "owner-to-be"
        self._held = new.open("w")
        fcntl.flock(self._held, fcntl.LOCK_EX)
        new.rename(self.folder / OWNER)  # only now, so that nobody sees it without its lock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        self._temporary.cleanup()
        self._held.close()


def _clear_left_behind(prefix: str) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        try:
            with (folder / OWNER).open("r+") as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
        except OSError:  # it is in use, another user's, not complete yet, or another process is removing it
            continue

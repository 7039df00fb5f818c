"""The bot in real processes that start in a tenth of a second, so that hundreds can be killed. Each is forked from a
process that has already imported everything. It runs the whole program, from its command line on."""

import multiprocessing
import os
import sys
import warnings
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.scenario.processes import Installation, Launched

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["bot.__main__", "bot.app", "alembic.command", "psycopg", "uvicorn.loops.uvloop", "uvicorn.protocols.http.auto"]
)


class Nursery(Installation):
    """An installation whose processes start fast."""

    def launch(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> Launched:
        process = _CONTEXT.Process(target=_run, args=(arguments, environment, log))
        process.start()
        return _Forked(process)


class _Forked:
    """A forked process with the interface of `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        assert code is not None, f"it still runs after {timeout} s"
        return code

    def send_signal(self, sig: int) -> None:
        os.kill(self.pid, sig)


def _run(arguments: Sequence[str], environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(log.parent)
    written = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    sys.argv = ["baton", *arguments]
    from bot.__main__ import main  # noqa: PLC0415 - the parent has loaded it before the fork

    main()

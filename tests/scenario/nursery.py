"""The bot in real processes that start in a tenth of a second, so that tests can have many and hundreds can be killed.
Each is forked from a process that has already imported everything. It runs the whole program, from its command line
on."""

import itertools
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.forks import CONTEXT
from tests.scenario.processes import Installation, Launched


class Nursery(Installation):
    """An installation whose processes start fast, unless they need another interpreter: under another command, or with
    another program than this one."""

    _numbers = itertools.count(1)

    def run(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        environment = self.environment | more
        if self._needs_another_interpreter(environment):
            return super().run(*arguments, **more)
        said, complained = (self.folder / f"{stream}-{next(self._numbers)}" for stream in ("said", "complained"))
        code = _fork(arguments, environment, said, complained).wait(60)
        return subprocess.CompletedProcess(arguments, code, said.read_text("utf-8"), complained.read_text("utf-8"))

    def launch(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> Launched:
        if self._needs_another_interpreter(environment):
            return super().launch(arguments, environment, log)
        return _fork(arguments, environment, log, log)

    def _needs_another_interpreter(self, environment: dict[str, str]) -> bool:
        return bool(self._under) or "PYTHONPATH" in environment


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


def _fork(arguments: Sequence[str], environment: dict[str, str], said: Path, complained: Path) -> _Forked:
    process = CONTEXT.Process(target=_run, args=(arguments, environment, said, complained))
    process.start()
    return _Forked(process)


def _run(arguments: Sequence[str], environment: dict[str, str], said: Path, complained: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(said.parent)
    for stream, file in ((1, said), (2, complained)):
        os.dup2(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND), stream)
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    sys.argv = ["baton", *arguments]
    from bot.__main__ import main  # noqa: PLC0415 - the parent has loaded it before the fork

    main()

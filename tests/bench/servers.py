"""The servers that are measured. Each is a separate process on a free port of this machine."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.scenario.processes import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 30

BARE = ("tests.bench.bare",)
LIMIT = ("tests.bench.limit",)
WEB = ("bot", "serve", "--no-clock")
SERVE = ("bot", "serve")
CLOCK = ("bot", "clock")


class Server:
    """A process that answers `/readyz`."""

    def __init__(self, command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.log = folder / f"{command[0]}-{self.port}.log"
        self._begun = time.perf_counter()
        port = ("--port", str(self.port)) if command == CLOCK else ()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command, *port],
                cwd=folder,  # so that it does not read the developer's .env
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": str(self.port), **environment},
                stdout=log,
                stderr=log,
            )

    def ready(self) -> float:
        """Waits until the server is ready. Returns the seconds since its start."""
        while not self._is_ready():
            if self._process.poll() is not None or time.perf_counter() > self._begun + START_SECONDS:
                raise RuntimeError(f"it did not start: {self.log.read_text()}")
            time.sleep(0.005)
        return time.perf_counter() - self._begun

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        return False

    def megabytes(self) -> float:
        """Returns the memory that it holds, in MiB. Works on Linux only."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kilobytes) / 1024

    def processor_seconds(self) -> float:
        """Returns the processor time that all its threads have used since its start. Works on Linux only."""
        # What clock_getcpuclockid(3) returns. It counts nanoseconds, /proc/<pid>/stat hundredths of a second.
        return time.clock_gettime(~self._process.pid << 3 | 2)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


@contextmanager
def running(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Yields the server when it is ready. Stops it at the end."""
    server = Server(command, folder, environment)
    try:
        server.ready()
        yield server
    finally:
        server.stop()

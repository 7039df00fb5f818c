"""The URL of the database, in the forms that hosts and Postgres' own tools use."""

import time

import pytest

from models.storage.store import Store


def connects_to(url: str) -> dict[str, object]:
    """Returns the arguments that the driver gets."""
    engine = Store(url, steady=time.monotonic).engine
    return dict(engine.dialect.create_connect_args(engine.url)[1])


def test_a_url_as_hosts_write_it() -> None:
    told = connects_to("postgres://user:p%40ss@host:5433/name")
    assert (told["host"], told["port"], told["user"], told["password"], told["dbname"]) == (
        "host",
        5433,
        "user",
        "p@ss",
        "name",
    )


def test_several_servers_of_which_one_is_the_primary() -> None:
    told = connects_to("postgres://user:pass@one:5432,two:5433/name?target_session_attrs=read-write")
    assert (told["host"], told["port"], told["target_session_attrs"]) == ("one,two", "5432,5433", "read-write")
    assert (told["user"], told["dbname"]) == ("user", "name")


@pytest.mark.parametrize("setting", ["connect_timeout", "options"])
def test_postgres_does_not_keep_a_request_waiting_unless_the_url_says_so(setting: str) -> None:
    assert setting in connects_to("postgres://host/name")
    assert connects_to(f"postgres://host/name?{setting}=9")[setting] == "9"

"""Settings: from the environment, from files, and what is refused, with the way to correct it."""

import time
from pathlib import Path

import pytest

from bot import settings
from bot.settings import BadSettings
from models.storage.store import Store

SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL")


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes an empty working folder, and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def value(name: str) -> str:
    found = getattr(settings.load(), name.lower())
    return str(found.get_secret_value() if hasattr(found, "get_secret_value") else found)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_secret_may_stand_in_a_file_of_its_own(
    name: str, end: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "postgres://baton:secret@db/baton" if name == "DATABASE_URL" else "xoxb-from-a-file"
    file = tmp_path / "secret"
    file.write_bytes((said + end).encode())
    if where == ".env":
        (tmp_path / ".env").write_text(f"{name}=\n{name}_FILE={file}\n")
    else:
        monkeypatch.setenv(name, "")
        monkeypatch.setenv(f"{name}_FILE", str(file))
    assert value(name) == said


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_given_twice_is_refused_without_a_word_of_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("sqlite:///geheim.db")
    (tmp_path / ".env").write_text(f"{name}=sqlite:///geheim.db\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    with pytest.raises(BadSettings) as refused:
        settings.load()
    assert f"{name} and {name}_FILE are both set: take one of them away" in str(refused.value)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "can't be read (No such file or directory)"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is no text"),
    ],
)
def test_a_file_without_a_secret_is_named(
    content: bytes | None, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    for name in SECRETS:
        monkeypatch.setenv(f"{name}_FILE", str(file))
    with pytest.raises(BadSettings) as refused:
        settings.load()
    for name in SECRETS:
        assert f"{name}_FILE: {file}" in str(refused.value), "every problem at once"
    assert problem in str(refused.value)


def test_a_database_in_a_file_is_held_to_the_same_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("mysql://geheim@host/x\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(BadSettings, match="DATABASE_URL mysql is not supported"):
        settings.load()


@pytest.mark.parametrize(
    "address",
    ["https://slack.com/api/", "http://127.0.0.1:9000/api/", "http://localhost/api/", "http://[::1]:80/api/"],
)
def test_slack_is_reached_over_tls_or_on_this_machine(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", address)
    assert value("SLACK_API_URL") == address.replace(":80/", "/")


@pytest.mark.parametrize(
    "address",
    ["http://slack.com/api/", "http://10.0.0.1/api/", "http://127.0.0.1.example.com/", "http://localhost.example.com/"],
)
def test_tokens_are_sent_to_no_other_machine_in_the_clear(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", address)
    with pytest.raises(BadSettings, match="SLACK_API_URL must begin with https://"):
        settings.load()


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://baton.db", "names no file"),
        ("sqlite+aiosqlite:///x.db", "is not supported"),
        ("mysql://host/x", "is not supported"),
        ("postgres://u:geheim@host:port/x", "is no database URL"),
        ("baton.db", "is no database URL"),
    ],
)
def test_an_address_that_names_no_database_is_refused_with_how_to_write_one(
    address: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(BadSettings, match=f"DATABASE_URL .*{problem}; write sqlite:///baton.db") as refused:
        settings.load()
    assert "geheim" not in str(refused.value)


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    store = Store("sqlite:///~/deep/baton.db", steady=time.monotonic)
    with store.engine.connect():
        assert (tmp_path / "deep" / "baton.db").exists()
    store.close()

"""The settings, read from the environment and checked once."""

import ipaddress
from pathlib import Path

import sqlalchemy as sa
from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import Refused
from models.storage.store import database_url

# Settings that may stand in a file of their own. A setting that ends in _FILE names the file.
SECRETS = ("slack_bot_token", "slack_app_token", "slack_signing_secret", "database_url")
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")


class BadSettings(Refused):
    """The settings need mending: {problems}. docs/operations.md, “Settings”, explains each."""


class Settings(BaseSettings):
    """Every setting, under the name of its environment variable in lower case. A file `.env` is read too."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    slack_bot_token: SecretStr = Field(SecretStr(""), description="the bot token, xoxb-…: OAuth & Permissions")
    slack_app_token: SecretStr = Field(
        SecretStr(""), description="an app-level token, xapp-…, with connections:write; if set, Socket Mode is used"
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description="Basic Information, Signing Secret; needed without Socket Mode"
    )
    slack_bot_token_file: Path | None = Field(None, description="a file with the bot token, in its place")
    slack_app_token_file: Path | None = Field(None, description="a file with the app-level token")
    slack_signing_secret_file: Path | None = Field(None, description="a file with the signing secret")
    database_url_file: Path | None = Field(None, description="a file with the database's address")
    slack_api_url: AnyHttpUrl = Field(
        AnyHttpUrl("https://slack.com/api/"), description="where Slack's Web API is; for sandboxes and tests"
    )
    database_url: str = Field("sqlite:///baton.db", description="a SQLite file, or postgres://user:password@host/name")
    port: int = Field(3000, ge=0, le=65535, description="the port of /slack/events, /healthz, /readyz and /metrics")
    host: str = Field("0.0.0.0", description="the address to listen on")  # noqa: S104 - a server must be reachable
    baton_agreement: Path | None = Field(None, description="a TOML file with the agreement, applied at start")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR")
    baton_tick_seconds: float = Field(
        5, gt=0, le=300, description="how often the clock looks for what is due; messages at least four times a second"
    )
    baton_post_interval_seconds: float = Field(
        1, ge=0, le=60, description="the least time between two messages in one channel; Slack allows one a second"
    )
    baton_clock_file: Path | None = Field(
        None, description="for demos and tests: a file with the seconds to add to the machine's time"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_files(cls, given: dict[str, object]) -> dict[str, object]:
        """Reads the secrets that stand in files. Raises ValueError, which names every file that can't be read."""
        found, problems = dict(given), []
        for name in SECRETS:
            path = given.get(f"{name}_file")
            if not path:
                continue
            if given.get(name):
                problems.append(f"{name.upper()} and {name.upper()}_FILE are both set: take one of them away")
                continue
            try:
                found[name] = Path(str(path)).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "is no text"
                problems.append(f"{name.upper()}_FILE: {path} can't be read ({why})")
                continue
            if not found[name]:
                problems.append(f"{name.upper()}_FILE: {path} is empty")
        if problems:
            raise ValueError("; ".join(problems))
        return found

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret", mode="before")
    @classmethod
    def _stripped(cls, given: object) -> object:
        return given.strip() if isinstance(given, str) else given

    @field_validator("slack_api_url")
    @classmethod
    def _not_in_the_clear(cls, given: AnyHttpUrl) -> AnyHttpUrl:
        if given.scheme == "http" and not _is_loopback(given.host or ""):
            raise ValueError(
                "must begin with https://, or the tokens could be read on their way; http:// is for localhost"
            )
        return given

    @field_validator("baton_agreement", "baton_clock_file", *(f"{name}_file" for name in SECRETS), mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return given or None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, given: str) -> str:
        try:
            url = database_url(given)
        except (sa.exc.ArgumentError, ValueError) as error:
            raise ValueError("is no database URL; write sqlite:///baton.db or postgres://…") from error
        if url.drivername not in DRIVERS:
            raise ValueError(f"{url.drivername} is not supported; write sqlite:///baton.db or postgres://…")
        if url.drivername.startswith("sqlite") and (url.host or not url.database or url.database == ":memory:"):
            raise ValueError("names no file; write sqlite:///baton.db, or sqlite:////data/baton.db from the root")
        return given

    @property
    def socket_mode(self) -> bool:
        return bool(self.slack_app_token.get_secret_value())


def load() -> Settings:
    """Returns the settings. Raises BadSettings with every problem found."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings(problems="; ".join(_problem(e["loc"], e["msg"]) for e in error.errors())) from error


def require_slack(settings: Settings) -> None:
    """Raises BadSettings if a setting is missing that a connection to Slack needs."""
    problems = []
    if not settings.slack_bot_token.get_secret_value():
        problems.append("SLACK_BOT_TOKEN is missing")
    if not settings.socket_mode and not settings.slack_signing_secret.get_secret_value():
        problems.append("set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP")
    if problems:
        raise BadSettings(problems="; ".join(problems))


def _problem(where: tuple[int | str, ...], said: str) -> str:
    """Returns a problem in words, with the name of its setting. A problem of several settings names them itself."""
    return " ".join([*(str(name).upper() for name in where[:1]), said.removeprefix("Value error, ")])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

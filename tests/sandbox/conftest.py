"""A fresh sandbox per test, and the independent clients that talk to it."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.sandbox import Person, Sandbox
from bot.sandbox.records import Channel
from tests.sandbox.apps import Recorder, http_app


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox(rate_limits=False) as running:
        yield running


@pytest.fixture
def client(slack: Sandbox) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def leads(slack: Sandbox) -> Channel:
    """A public channel with the bot in it."""
    channel = slack.channel("leads")
    slack.invite_bot(channel)
    return channel


@pytest.fixture
def dana(slack: Sandbox) -> Person:
    return slack.person("dana", tz="Europe/Berlin", email="dana@acme.test", real_name="Dana Diaz")


@pytest.fixture
def app(slack: Sandbox, dana: Person, leads: Channel) -> Iterator[Recorder]:
    """An app over signed HTTP that keeps what it gets."""
    recorder = Recorder()
    with http_app(recorder) as url:
        slack.deliver_to(url)
        yield recorder
        slack.settle()

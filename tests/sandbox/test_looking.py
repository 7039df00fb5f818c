"""What a person's screen asks the sandbox for: the newest messages, threads, unread messages, and news of changes."""

import threading
from datetime import date

import pytest
from slack_sdk import WebClient

from bot.sandbox import Person, Sandbox, render
from bot.sandbox.records import Channel
from tests.sandbox.apps import Recorder
from tests.sandbox.test_views import TEXT, field, modal, trigger


def test_the_newest_messages_come_in_order_without_the_replies_and_with_their_number(
    slack: Sandbox, client: WebClient, dana: Person, leads: Channel
) -> None:
    first = dana.say(leads, "first")
    for number in range(3):
        dana.say(leads, f"message {number}")
    dana.say(leads, "reply", thread=first)
    client.chat_postEphemeral(channel=leads.id, user=dana.id, text="psst")

    assert [(one.text, replies) for one, replies in dana.timeline(leads, newest=10)] == [
        ("first", 1),
        ("message 0", 0),
        ("message 1", 0),
        ("message 2", 0),
        ("psst", 0),
    ]
    assert [one.text for one, _ in dana.timeline(leads, newest=2)] == ["message 2", "psst"]
    other = slack.person("raj")
    assert [one.text for one, _ in other.timeline(leads, newest=2)] == ["message 1", "message 2"]


def test_an_old_whisper_does_not_stand_among_newer_messages(client: WebClient, dana: Person, leads: Channel) -> None:
    dana.join(leads)
    client.chat_postEphemeral(channel=leads.id, user=dana.id, text="psst")
    for number in range(3):
        dana.say(leads, f"message {number}")
    assert [one.text for one, _ in dana.timeline(leads, newest=2)] == ["message 1", "message 2"]


def test_a_thread_is_its_first_message_and_the_replies(dana: Person, leads: Channel) -> None:
    first = dana.say(leads, "first")
    dana.say(leads, "elsewhere")
    reply = dana.say(leads, "reply", thread=first)
    assert [one.text for one in dana.thread(first)] == ["first", "reply"]
    assert reply.is_reply


def test_unread_is_what_others_wrote_since(slack: Sandbox, client: WebClient, dana: Person, leads: Channel) -> None:
    raj = slack.person("raj")
    read = raj.say(leads, "read")
    dana.say(leads, "my own")
    raj.say(leads, "news")
    client.chat_postEphemeral(channel=leads.id, user=dana.id, text="psst")
    assert dana.unread(leads, since=read.ts) == 2
    assert raj.unread(leads, since=read.ts) == 1


def test_a_form_says_what_its_fields_lack_before_it_is_submitted(
    app: Recorder, client: WebClient, dana: Person
) -> None:
    number = field("number", {"type": "number_input", "is_decimal_allowed": False})
    client.views_open(trigger_id=trigger(app, dana), view=modal(TEXT, number))
    dana.fill("number", "many")
    assert dana.incomplete == {"text": "Please complete this required field.", "number": "Enter a number."}
    dana.fill("text", "words")
    dana.fill("number", "3")
    assert dana.incomplete == {}


def test_whoever_watches_hears_of_changes_until_the_end(slack: Sandbox, dana: Person, leads: Channel) -> None:
    heard = threading.Event()
    end = slack.watch(heard.set)
    dana.say(leads, "hello")
    assert heard.wait(10)
    end()
    watching = [one for one in threading.enumerate() if one.name == "watch"]
    for one in watching:
        one.join(10)
    assert not any(one.is_alive() for one in watching)


class Counting(threading.Condition):
    """Counts how often it woke those who wait."""

    def __init__(self) -> None:
        super().__init__(threading.RLock())
        self.woken = 0

    def notify_all(self) -> None:
        self.woken += 1
        super().notify_all()


def test_whoever_only_looks_wakes_nobody() -> None:
    """Otherwise a page that draws itself after each change would do so without an end."""
    changed = Counting()
    with Sandbox(rate_limits=False, changed=changed) as slack:
        dana, leads = slack.person("dana"), slack.channel("leads")
        dana.say(dana.dm, "hello")
        before = changed.woken
        assert before > 0
        message = dana.timeline(leads, newest=10) or dana.timeline(dana.dm, newest=10)
        assert (dana.unread(dana.dm, since=""), dana.thread(message[0][0]), dana.direct_messages()) is not None
        assert (dana.notices, dana.home, dana.view, slack.messages(leads), slack.log.calls()) is not None
        assert changed.woken == before


@pytest.mark.parametrize(("today", "words"), [(9, "today"), (8, "tomorrow"), (10, "yesterday"), (1, "Nov 9, 2026")])
def test_pretty_dates_name_the_days_beside_today(today: int, words: str) -> None:
    text = "<!date^1794225602^{date_short_pretty}|then>"
    assert render.readable(text, str, "Europe/Berlin", today=date(2026, 11, today)) == words

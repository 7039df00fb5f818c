"""What is on a person's screen: opens forms, and shows App Home."""

from dataclasses import replace
from typing import Any, assert_never

import structlog
from slack_bolt import Ack

from bot.slack import parse
from bot.slack.gateway import Block, SlackError, SlackRefused
from bot.slack.ids import Origin
from bot.slack.parse import Place
from bot.slack.views import answers
from bot.slack.views.blocks import Message, notice
from handlers.deps import Deps
from handlers.errors import answered, notice_of
from models.errors import NotSetUp, NotShown
from models.handoffs.listed import HandoffBrief
from models.rules.callers import Caller

log = structlog.get_logger(__name__)

# Slack's error codes for another copy of the same click. The form is on the screen already.
OPENED_BEFORE = ("exchanged_trigger_id",)


def show(deps: Deps, where: Place, view: Block, *, otherwise: str) -> Message | None:
    """Opens a form. If Slack does not let us, returns `otherwise`, which says how to do without."""
    if not where.trigger_id:
        return answers.usage(otherwise)
    try:
        deps.gateway.open_view(where.trigger_id, view)
    except SlackRefused as refusal:
        if refusal.code in OPENED_BEFORE:
            return None
        log.warning("form not opened", form=view.get("callback_id"), error=str(refusal))
        return answers.usage(otherwise)
    except SlackError as error:
        log.warning("form not opened", form=view.get("callback_id"), error=str(error))
        return answers.usage(otherwise)
    return None


def answer(origin: Origin, moved: HandoffBrief) -> Message | None:
    """Returns the answer to a move, by where it was clicked. None if the person sees the move there: a message and App
    Home change by themselves."""
    match origin:
        case Origin.ASIDE:
            return answers.moved(moved)
        case Origin.MESSAGE:
            return answers.done(moved) if moved.line is not None else None
        case Origin.HOME:
            return None


def done(ack: Ack, body: dict[str, Any], told: Message, by: Caller, where: Place, deps: Deps) -> None:
    """Answers a form that has done its work, by where it was opened. A message and App Home change by themselves. For a
    message, the person also gets the answer alone if it has a button to take the move back."""
    match parse.opened_from(body["view"]):
        case Origin.ASIDE:
            ack(response_action="update", view=notice("Done", told))
            return
        case Origin.HOME:
            # The work is done, even if App Home can't show it.
            answered(lambda: home(deps, by), where, deps)
        case Origin.MESSAGE:
            channel = parse.opened_in(body["view"])
            notice_of(deps, replace(where, channel=channel), told if channel and told.buttons else None)
        case other:
            assert_never(other)
    ack()


def home(deps: Deps, by: Caller) -> None:
    """Brings a person's App Home up to date."""
    try:
        now = deps.clock.now()
        view = answers.home(deps.queries.waiting(by=by, at=now), now=now)
    except NotSetUp:
        view = answers.home_before_setup()
    except NotShown as refusal:
        view = answers.home_without_part(refusal)
    try:
        deps.gateway.publish_home(by.person, view)
    except SlackError as error:
        log.warning("home not shown", person=by.person, error=str(error))

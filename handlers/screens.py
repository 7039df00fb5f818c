"""Opening forms and App Home: what is on a person's screen."""

import structlog

from bot.slack.gateway import Block, SlackError, SlackRefused
from bot.slack.parse import Place
from bot.slack.views import answers
from bot.slack.views.blocks import Message
from handlers.deps import Deps
from models.callers import Caller
from models.errors import NotSetUp, NotShown

log = structlog.get_logger(__name__)

OPENED_BEFORE = ("exchanged_trigger_id",)
"""A second copy of the same click: the form is on the screen already."""


def show(deps: Deps, where: Place, view: Block, *, otherwise: str) -> Message | None:
    """Open a form. If Slack does not let us, `otherwise` tells the person how to do without."""
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


def home(deps: Deps, by: Caller) -> None:
    """Bring a person's App Home up to date."""
    try:
        now = deps.clock.now()
        view = answers.home(deps.reading.waiting(by=by, at=now), now=now)
    except NotSetUp:
        view = answers.home_before_setup()
    except NotShown as refusal:
        view = answers.home_without_part(refusal)
    try:
        deps.gateway.publish_home(by.person, view)
    except SlackError as error:
        log.warning("home not shown", person=by.person, error=str(error))

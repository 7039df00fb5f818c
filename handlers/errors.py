"""The one error boundary. A refusal becomes what the person reads, and any other error becomes an id and a log line."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import structlog

from bot.slack.gateway import ForeignAddress, SlackError
from bot.slack.parse import Place
from bot.slack.views import answers
from bot.slack.views.blocks import Message, notice
from bot.telemetry.security import Event
from handlers.deps import Deps
from models.errors import NotAllowed, Refused, Repeated
from models.storage import problems

log = structlog.get_logger(__name__)


def answered(
    act: Callable[[], Message | None], where: Place, deps: Deps, *, repeated: Message | None = None
) -> Message | None:
    """Runs `act`, and returns what the person reads, also if it fails. None if they see it already. `repeated`: the
    answer to another copy of a delivery."""
    try:
        return act()
    except Repeated:
        return repeated
    except Refused as refusal:
        return refused(refusal, where, deps)
    except Exception as error:  # noqa: BLE001 - the boundary: the person gets an answer, and the log the whole story
        return failed(error)


def refused(refusal: Refused, where: Place, deps: Deps) -> Message:
    """Returns the answer to a refusal. A refusal because of missing rights counts as a security event."""
    if isinstance(refusal, NotAllowed):
        kind = type(refusal).__name__
        deps.security.note(Event.NOT_ALLOWED, workspace=where.workspace_id, person=where.person, refused=kind)
    return answers.refused(refusal, now=deps.clock.now())


def failed(error: Exception) -> Message:
    """Logs an exception. Returns the answer: the database problem, or the id under which the log has the exception."""
    problem = problems.of(error)
    if problem is not None:
        log.error("not saved", database=problem.value, error=type(error).__name__)
        return answers.not_saved(problem)
    error_id = uuid4().hex[:8]
    log.error("unforeseen", error_id=error_id, exc_info=error)
    return answers.failed(error_id)


def whisper(deps: Deps, where: Place, message: Message | None) -> None:
    """Tells the person alone: in the window, at the address that came with the payload, or in the channel. If there is
    no channel, in a new window or a direct message. Takes the first way that works. If none works, only logs it,
    because what the person did is done or refused already."""
    if message is None:
        return
    ways: list[Callable[[], None]] = []
    if where.window:
        ways.append(partial(deps.gateway.update_view, where.window, notice("Baton", message)))
    if where.response_url:
        ways.append(partial(deps.gateway.respond, where.response_url, message.text, message.blocks))
    if where.channel:
        ways.append(partial(deps.gateway.whisper, where.channel, where.person, message.text, message.blocks))
    if where.trigger_id and not where.channel:  # App Home, or a global shortcut
        ways.append(partial(deps.gateway.open_view, where.trigger_id, notice("Baton", message)))
    if not where.channel:
        ways.append(partial(deps.gateway.write_to, where.person, message.text, message.blocks))
    for way in ways:
        try:
            way()
        except ForeignAddress as error:
            deps.security.note(Event.FOREIGN_ADDRESS, person=where.person, host=error.host)
        except SlackError as error:
            log.warning("answer not delivered", person=where.person, error=str(error))
        else:
            return


def notice_of(deps: Deps, where: Place, message: Message | None) -> None:
    """Tells the person alone of what they did, and does not wait for it: it is saved, and shown in the message as well.
    A refusal is told by `whisper`, before Slack has its answer, because nothing else tells it."""
    if message is not None:
        deps.notices(partial(whisper, deps, where, message))


def ephemeral(message: Message | None) -> dict[str, Any]:
    """Returns the arguments of `ack` for an answer to a command."""
    if message is None:
        return {}
    return {"response_type": "ephemeral", "text": message.text, "blocks": message.blocks}

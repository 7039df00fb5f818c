"""Slash commands."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.ids import Command, Origin
from bot.slack.parse import Place
from bot.slack.views import alarm, answers, forms
from bot.slack.views.blocks import Message
from handlers import flagging, screens, setup
from handlers.deps import Deps
from handlers.errors import answered, ephemeral
from models.errors import ReasonNeeded
from models.lifecycle import Move

Handler = Callable[[dict[str, Any], Place, Deps], Message | None]


def handle(ack: Ack, command: dict[str, Any], deps: Deps) -> None:
    """Any of ours: the answer is for the caller alone."""
    where = parse.place(command, deps.workspace_of(command))
    act = COMMANDS.get(command["command"], baton)
    ack(**ephemeral(answered(lambda: act(command, where, deps), where, deps, repeated=answers.repeated())))


def accept(command: dict[str, Any], where: Place, deps: Deps) -> Message | None:
    """`/accept 42 [note]`: the caller promises to work handoff 42. Alone: what they can accept."""
    if not (command.get("text") or "").strip():
        return answers.acceptable(deps.reading.waiting(where.workspace_id, where.person))
    return answers.moved(deps.desk.move(parse.accept(command, where), at=deps.clock.now()))


def reject(command: dict[str, Any], where: Place, deps: Deps) -> Message | None:
    """`/reject 42 bad_data note`. Without a reason: the form. Alone: what they can reject."""
    if not (command.get("text") or "").strip():
        return answers.acceptable(deps.reading.waiting(where.workspace_id, where.person))
    request = parse.reject(command, where)
    try:
        return answers.moved(deps.desk.move(request, at=deps.clock.now()))
    except ReasonNeeded as refusal:
        view = forms.reason(deps.reading.brief(where.workspace_id, request.number), Move.REJECT)
        return screens.show(deps, where, forms.opened_from(view, Origin.ASIDE), otherwise=str(refusal))


def baton(command: dict[str, Any], where: Place, deps: Deps) -> Message | None:
    """`/baton help|mine|lead N|setup|status`."""
    word, rest = parse.subcommand(command)
    match word:
        case "mine":
            return answers.waiting_list(deps.reading.waiting(where.workspace_id, where.person))
        case "lead":
            facts = deps.reading.handoff(where.workspace_id, parse.number(rest, "`/baton lead 42`"))
            return answers.lead(facts, where.person)
        case "setup":
            return setup.open_form(deps, where)
        case "status":
            return _status(where, deps)
        case _:
            return answers.help_text()


def _status(where: Place, deps: Deps) -> Message:
    now = deps.clock.now()
    open_count, late_count = deps.reading.open_counts(where.workspace_id, at=now)
    counts = deps.mailroom.counts(at=now)
    findings = [found for found in deps.audit.findings(at=now) if found.workspace_id == where.workspace_id]
    return answers.status(
        deps.reading.waiting(where.workspace_id, where.person),
        open_count=open_count,
        late_count=late_count,
        outbox_due=counts["due"],
        dead=counts["dead"],
        alarms=[alarm.headline(finding) for finding in findings],
    )


COMMANDS: Mapping[str, Handler] = {
    Command.MQL: flagging.mql,
    Command.ACCEPT: accept,
    Command.REJECT: reject,
    Command.BATON: baton,
}

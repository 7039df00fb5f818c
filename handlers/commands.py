"""Slash commands."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.ids import Command, Origin
from bot.slack.parse import Place
from bot.slack.views import alarm, answers, forms, story
from bot.slack.views.blocks import Message
from handlers import flagging, screens, setup
from handlers.deps import Deps
from handlers.errors import answered, ephemeral
from handlers.speaking import spoken
from models.callers import Caller
from models.errors import ReasonNeeded
from models.lifecycle import Move

Handler = Callable[[dict[str, Any], Caller, Place, Deps], Message | None]


def handle(ack: Ack, command: dict[str, Any], deps: Deps) -> None:
    """Any of ours: the answer is for the caller alone."""
    where = parse.place(command, deps.workspace_of(command))
    act = COMMANDS.get(command["command"], baton)
    told = answered(lambda: act(command, deps.caller_of(where), where, deps), where, deps, repeated=answers.repeated())
    ack(**ephemeral(told))


def accept(command: dict[str, Any], by: Caller, _where: Place, deps: Deps) -> Message | None:
    """`/accept 42 [note]`: the caller promises to work handoff 42. Alone: what they can accept."""
    if not (command.get("text") or "").strip():
        return answers.acceptable(deps.reading.waiting(by=by))
    request = parse.accept(command)
    request = replace(request, note=spoken(deps, by, request.note))
    return answers.moved(deps.desk.move(request, by=by, at=deps.clock.now()))


def reject(command: dict[str, Any], by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/reject 42 bad_data note`. Without a reason: the form. Alone: what they can reject."""
    if not (command.get("text") or "").strip():
        return answers.acceptable(deps.reading.waiting(by=by))
    request = parse.reject(command)
    request = replace(request, note=spoken(deps, by, request.note))
    try:
        return answers.moved(deps.desk.move(request, by=by, at=deps.clock.now()))
    except ReasonNeeded as refusal:
        view = forms.reason(deps.reading.brief(request.number, by=by), Move.REJECT)
        return screens.show(deps, where, forms.opened_from(view, Origin.ASIDE), otherwise=str(refusal))


def baton(command: dict[str, Any], by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/baton help|mine|lead N|setup|status`."""
    word, rest = parse.subcommand(command)
    match word:
        case "mine":
            return answers.waiting_list(deps.reading.waiting(by=by))
        case "lead":
            facts = deps.reading.story(parse.number(rest, "`/baton lead 42`"), by=by)
            return story.lead(facts, by.person)
        case "setup":
            return setup.open_form(deps, by, where)
        case "status":
            return _status(by, deps)
        case _:
            return answers.help_text()


def _status(by: Caller, deps: Deps) -> Message:
    now = deps.clock.now()
    open_count, late_count = deps.reading.open_counts(by=by, at=now)
    counts = deps.mailroom.counts(at=now)
    findings = [found for found in deps.audit.findings(at=now) if found.workspace_id == by.workspace_id]
    return answers.status(
        deps.reading.waiting(by=by),
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

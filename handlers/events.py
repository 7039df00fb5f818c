"""Events from Slack: reactions and replies on cards, App Home, and changes of channels and people.

A failure here is raised: Slack then delivers the event again, and the receipt makes sure that it counts once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt import Ack

from bot.slack import parse
from bot.slack.gateway import person_facts, profile_of
from bot.slack.ids import Origin
from bot.slack.moves import FORMS, MOVE_OF_REACTION
from bot.slack.parse import Place
from bot.slack.views import answers
from handlers import screens
from handlers.deps import Deps
from handlers.errors import notice_of, refused, whisper
from handlers.speaking import spoken
from models.errors import ForeignPerson, NotSetUp, Refused, Repeated
from models.handoffs.listed import HandoffBrief
from models.outbox.queue import Shown
from models.rules.agreement import FEEDBACK
from models.rules.callers import Caller
from models.rules.lifecycle import Move, next_state
from models.rules.messages import MessageKind
from models.rules.rows import standing

log = structlog.get_logger(__name__)

# How old a message of ours may be that is not recorded yet. The worker that posted it may have died.
JUST_POSTED = timedelta(minutes=10)
# The age from which on an event is not the latest news of who is in a channel. Slack repeats an event after a minute.
LATE = timedelta(seconds=30)


class NotKnownYet(Exception):  # noqa: N818 - not an error: come back later
    """The event is about a message of ours that is not recorded yet. Slack delivers the event again."""


def handle(ack: Ack, body: dict[str, Any], deps: Deps) -> None:
    event = body["event"]
    act = EVENTS.get(event.get("type", ""))
    if act is not None:
        where = parse.place({**event, "channel": event.get("channel")}, deps.workspace_of(body))
        try:
            act(body, where, deps)
        except ForeignPerson as refusal:
            refused(refusal, where, deps)
    ack()


def reaction(body: dict[str, Any], where: Place, deps: Deps) -> None:
    """A reaction on a card makes a move or gives feedback. If somebody removes their feedback, it no longer counts."""
    event = body["event"]
    card = _card(event.get("item") or {}, event, where, deps)
    if card is None or card.handoff_id is None:
        return
    by, handoff = deps.caller_of(where), card.handoff_id
    try:
        meaning = deps.queries.terms(where.workspace_id).agreement.meaning(event["reaction"])
        if meaning in FEEDBACK:
            deps.desk.react(parse.reaction(body, handoff), by=by, at=deps.clock.now())
        elif meaning is not None and event["type"] == "reaction_removed":
            _not_undone(body, by, where, deps, handoff)
        elif meaning is not None and (move := MOVE_OF_REACTION[meaning]) in FORMS:
            _offer_form(body, by, where, deps, deps.queries.brief(handoff, by=by), move)
        elif meaning is not None:
            request = parse.reaction_move(body, handoff, MOVE_OF_REACTION[meaning])
            moved = deps.desk.move(request, by=by, at=deps.clock.now())
            notice_of(deps, where, screens.answer(Origin.MESSAGE, moved))
    except Repeated:
        return
    except Refused as refusal:
        whisper(deps, where, refused(refusal, where, deps))


def message(body: dict[str, Any], where: Place, deps: Deps) -> None:
    """Keeps a reply in a card's thread as a comment. Edits or deletes the comment if that happens to the reply."""
    reply = parse.reply(body)
    if reply is None:
        return
    card = _ours(reply.channel, reply.thread_ts, reply.thread_by, where, deps)
    if card is None or card.kind != MessageKind.CARD or card.handoff_id is None:
        return
    author = deps.callers.known(replace(where, person=reply.person))
    if reply.text:
        reply = replace(reply, text=spoken(deps, author, reply.text))
    deps.desk.comment(parse.comment(reply, card.handoff_id), by=author, at=deps.clock.now())


def home_opened(body: dict[str, Any], where: Place, deps: Deps) -> None:
    if body["event"].get("tab", "home") == "home":
        screens.home(deps, deps.caller_of(where))


def member_changed(body: dict[str, Any], where: Place, deps: Deps) -> None:
    """Somebody came to the handoff channel, or left it."""
    event = body["event"]
    if where.person == deps.roster.bot_user(where.workspace_id):
        _let_in(body, where, deps)
        return
    try:
        handoff_channel = deps.queries.terms(where.workspace_id).agreement.handoff_channel
    except NotSetUp:
        return
    if event.get("channel") != handoff_channel:
        return
    happened = parse.event_time(event)
    if happened is not None and deps.clock.now() - happened > LATE:  # something newer may be known
        deps.roster.ask_again(where.workspace_id)
    else:
        present = event["type"] == "member_joined_channel"
        deps.roster.person_changed(where.workspace_id, where.person, in_channel=present)


def _let_in(body: dict[str, Any], where: Place, deps: Deps) -> None:
    """Baton came into a channel, or the channel is no longer archived. Tries again what could not be sent there."""
    if body["event"]["type"] != "member_left_channel" and where.channel:
        revived = deps.queue.revive(where.workspace_id, where.channel, at=deps.clock.now())
        log.info("channel open", channel=where.channel, revived=revived)


def user_changed(body: dict[str, Any], where: Place, deps: Deps) -> None:
    """A profile changed: for example the zone, or the person has left the company."""
    profile = profile_of(body["event"]["user"], deps.gateway.home)
    deps.roster.profile_changed(where.workspace_id, where.person, **person_facts(profile, at=deps.clock.now()))


def channel_archived(_body: dict[str, Any], where: Place, _deps: Deps) -> None:
    log.warning("channel archived", workspace=where.workspace_id, channel=where.channel)


def token_gone(body: dict[str, Any], where: Place, deps: Deps) -> None:
    """The app was uninstalled, or tokens were revoked. If the bot's token is among them, nothing is sent until it works
    again."""
    event = body["event"]
    if event["type"] == "tokens_revoked":
        bots, ours = event["tokens"].get("bot"), deps.roster.bot_user(where.workspace_id)
        if not isinstance(bots, list) or not bots or (ours is not None and ours not in bots):
            return
    log.error("Slack has taken the token away", workspace=where.workspace_id, told=event["type"])
    deps.roster.shut_out(where.workspace_id, event["type"], at=deps.clock.now())


def _card(item: Mapping[str, Any], event: Mapping[str, Any], where: Place, deps: Deps) -> Shown | None:
    """Returns the card that has the reaction, or None. Raises NotKnownYet if it is ours but not recorded yet."""
    channel, ts = item.get("channel"), item.get("ts")
    if not channel or not ts:
        return None
    found = _ours(channel, ts, event.get("item_user"), where, deps)
    return found if found is not None and MessageKind(found.kind).traits.reactions else None


def _ours(channel: str, ts: str, author: str | None, where: Place, deps: Deps) -> Shown | None:
    """Returns our message in this place, or None. Raises NotKnownYet if it is ours but not recorded yet."""
    found = deps.queue.message(where.workspace_id, channel, ts)
    if found is None and author and author == deps.roster.bot_user(where.workspace_id):
        posted = parse.event_time({"event_ts": ts})
        if posted is not None and deps.clock.now() - posted < JUST_POSTED:
            raise NotKnownYet
    return found


def _offer_form(body: dict[str, Any], by: Caller, where: Place, deps: Deps, facts: HandoffBrief, move: Move) -> None:
    """Answers a reaction that needs a form with the button that opens it. Raises Refused if the move is not legal."""
    if deps.desk.first_time(parse.event_receipt(body), by=by, at=deps.clock.now()):
        next_state(standing(facts.handoff), move, by=by.person, roles=facts.terms.roles(by))
        whisper(deps, where, answers.reaction_needs_form(facts, move))


def _not_undone(body: dict[str, Any], by: Caller, where: Place, deps: Deps, handoff: int) -> None:
    facts = deps.queries.brief(handoff, by=by)
    mine = facts.handoff.moved_by == by.person
    if mine and deps.desk.first_time(parse.event_receipt(body), by=by, at=deps.clock.now()):
        whisper(deps, where, answers.reaction_not_undone(facts))


EVENTS: Mapping[str, Callable[[dict[str, Any], Place, Deps], None]] = {
    "reaction_added": reaction,
    "reaction_removed": reaction,
    "message": message,
    "app_home_opened": home_opened,
    "member_joined_channel": member_changed,
    "member_left_channel": member_changed,
    "user_change": user_changed,
    "channel_archive": channel_archived,
    "channel_unarchive": _let_in,
    "app_uninstalled": token_gone,
    "tokens_revoked": token_gone,
}

"""What the audit looks for. An entry of FindingKind names all that is a finding's own here: its query, and whether the
clock job catches up on it by itself. What people read of it is in `bot/slack/views/alarm.py`.

Delays by design are no finding: reminders wait for people's hours, and a pause that the chat asks for is a finding only
if it lasts too long.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import repeat
from typing import Any, Self

import sqlalchemy as sa

from models.outbox.queue import LONGEST_PAUSE
from models.rules.lifecycle import Role, State
from models.rules.messages import MessageKind, To, going
from models.rules.unknown_leads import UnknownNumbers
from models.storage.change import Look, Question
from models.storage.promises import NEXT
from models.storage.tables import (
    LIVE,
    OPEN,
    RUNNING,
    Counter,
    Handoff,
    Outbox,
    Person,
    Promise,
    RepLoad,
    UtcDateTime,
    Workspace,
    table,
)
from models.workspace.agreements import Agreements

# A reminder or digest that is not written this long after its time is missed. The clock job has the same time to catch
# up after a break, in which it did not run or the machine's time jumped.
LATE = timedelta(minutes=5)
# A message that has been wanted for this long and is not shown is stuck, whatever the reason.
STUCK = timedelta(minutes=10)
# How long managers hear about a message that was refused for good, or about unknown leads. The doctor lists a message
# as long as it exists, and an unknown lead as long as its card is among the newest messages.
TOLD_FOR = timedelta(days=7)
# The words for an owner who has not left, but whom the agreement does not allow to work leads.
NO_REP = "no rep any more"
# The highest count of one kind. More need not be counted, because this many are bad enough.
MOST_CASES = 1000


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round of the audit: how it looks at the database, at which moment, under which agreements."""

    look: Look
    at: datetime
    agreements: Agreements


@dataclass(frozen=True, kw_only=True)
class Case:
    """One handoff, message or digest that has a problem."""

    workspace_id: str
    since: datetime
    about: str = ""
    number: int | None = None
    lane: str = ""
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Traits:
    """How the audit treats a kind of finding."""

    # Yields the cases, one for each handoff, message or digest.
    query: Callable[[Round], Iterator[Case]]
    # Every break leaves such cases behind, and the clock job then catches up on them by itself. So it says nothing of
    # them until it has had the time.
    catches_up: bool = False


_handoff, _promise, _outbox = table(Handoff).c, table(Promise).c, table(Outbox).c
_workspace, _member, _counter = table(Workspace).c, table(Person).c, table(Counter).c
_wanted_at = sa.func.coalesce(_outbox.wanted_at, _outbox.due_at)


def _moment(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=UtcDateTime)


# Messages that should be shown by now: due, or put off by a failure or by Slack. A message due after the longest pause
# has an appointment, and is left out. `until` has the moments.
_WAITING = (sa.text("outbox.state = 'pending'"), _outbox.due_at <= _moment("soon"), _wanted_at <= _moment("at"))
_STUCK = (*_WAITING, _wanted_at <= _moment("long_ago"))
_DEAD = (sa.text("outbox.state = 'dead'"), _wanted_at > _moment("after"))
# When the message that waits longest was wanted.
OLDEST = Question(sa.select(sa.func.min(_wanted_at)).where(*_WAITING))


def until(at: datetime) -> dict[str, datetime]:
    """Returns the moments that a question about waiting messages needs."""
    return {"at": at, "soon": at + LONGEST_PAUSE}


_LATE_STEPS = Question(
    sa.select(_promise.workspace_id, _promise.next_step_at, _handoff.number)
    .join_from(table(Promise), table(Handoff), _handoff.id == _promise.handoff_id)
    .where(sa.text(RUNNING), _promise.next_step_at <= _moment("before"))
    .order_by(_promise.next_step_at)
    .limit(MOST_CASES)
)


def _reminders(audit: Round) -> Iterator[Case]:
    for workspace_id, since, number in audit.look.ask(_LATE_STEPS, before=audit.at - LATE):
        yield Case(workspace_id=workspace_id, since=since, number=number)


_UNPROMISED = Question(
    sa.select(_handoff.workspace_id, _handoff.moved_at, _handoff.number)
    .where(sa.text(OPEN), ~sa.exists().where(_promise.handoff_id == _handoff.id, sa.text(LIVE)))
    .order_by(_handoff.moved_at)
    .limit(MOST_CASES)
)


def _forgotten(audit: Round) -> Iterator[Case]:
    for workspace_id, since, number in audit.look.ask(_UNPROMISED):
        yield Case(workspace_id=workspace_id, since=since, number=number)


def _loads_that_differ() -> sa.Select[Any]:
    """Returns the query for people with how many open handoffs more they have than is kept. The index of the open
    handoffs has all that it needs."""
    load = table(RepLoad).c
    owner = (_handoff.workspace_id, _handoff.owner.label("person"))
    has = sa.select(*owner, sa.func.count().label("more")).where(sa.text(OPEN)).group_by(*owner)
    kept = sa.select(load.workspace_id, load.person, -load.open_handoffs)
    both = sa.union_all(has, kept).subquery().c
    differs = sa.func.sum(both.more)
    return (
        sa.select(both.workspace_id, both.person, differs)
        .group_by(both.workspace_id, both.person)
        .having(differs != 0)
        .order_by(both.workspace_id, both.person)
        .limit(MOST_CASES)
    )


_LOADS_THAT_DIFFER = Question(_loads_that_differ())


def _loads(audit: Round) -> Iterator[Case]:
    """Yields each person whose load differs. Nobody knows since when: it differs today."""
    today = audit.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for workspace_id, person, more in audit.look.ask(_LOADS_THAT_DIFFER):
        said = f"{person} has {abs(more)} {'more' if more > 0 else 'fewer'} than counted"
        yield Case(workspace_id=workspace_id, since=today, said=said)


def _messages_where(*where: sa.ColumnElement[bool] | sa.TextClause) -> Question:
    return Question(
        sa.select(_outbox.workspace_id, _wanted_at, _handoff.number, _outbox.lane, _outbox.last_error)
        .select_from(table(Outbox))
        .outerjoin(table(Handoff), _handoff.id == _outbox.handoff_id)
        .where(*where)
        .order_by(_wanted_at)
        .limit(MOST_CASES)
    )


# The kinds of the digest, in this order. The details wait for the digest, so what Slack said about the digest is the
# reason.
_DIGEST = going(To.DIGESTS)
# The kinds that other findings leave out. Digests have their own finding. An alarm that can't be sent is no finding,
# because each would cause another alarm.
_OTHERS = _outbox.kind.not_in([sa.literal_column(f"'{kind.value}'") for kind in (*_DIGEST, MessageKind.ALARM)])
_STUCK_MESSAGES = _messages_where(*_STUCK, _OTHERS)
_DEAD_MESSAGES = _messages_where(*_DEAD, _OTHERS)
_STUCK_DIGESTS = [_messages_where(*_STUCK, _outbox.kind == kind.value) for kind in _DIGEST]
_DEAD_DIGESTS = [_messages_where(*_DEAD, _outbox.kind == kind.value) for kind in _DIGEST]
_UNWRITTEN_DIGESTS = Question(
    sa.select(_workspace.id, _workspace.next_digest_at).where(_workspace.next_digest_at <= _moment("before"))
)


def _stuck(audit: Round, question: Question) -> Iterator[Case]:
    return map(_message, audit.look.ask(question, **until(audit.at), long_ago=audit.at - STUCK))


def _dead(audit: Round, question: Question) -> Iterator[Case]:
    return map(_message, audit.look.ask(question, after=audit.at - TOLD_FOR))


def _message(found: Sequence[Any]) -> Case:
    workspace_id, since, number, lane, said = found
    return Case(workspace_id=workspace_id, since=since, number=number, lane=lane, said=said)


def _messages(audit: Round) -> Iterator[Case]:
    return _stuck(audit, _STUCK_MESSAGES)


def _refused(audit: Round) -> Iterator[Case]:
    for case in _dead(audit, _DEAD_MESSAGES):
        yield replace(case, about=case.said.split(" ")[0].replace(":", ""))


def _digests(audit: Round) -> Iterator[Case]:
    for workspace_id, since in audit.look.ask(_UNWRITTEN_DIGESTS, before=audit.at - LATE):
        yield Case(workspace_id=workspace_id, since=since)
    for stuck, dead in zip(_STUCK_DIGESTS, _DEAD_DIGESTS, strict=True):
        yield from _stuck(audit, stuck)
        yield from _dead(audit, dead)


_OWNED_BY_LEAVERS = Question(
    sa.select(_handoff.workspace_id, _handoff.owner, _promise.since, _handoff.number)
    .select_from(table(Handoff))
    .join(table(Person), (_member.workspace_id == _handoff.workspace_id) & (_member.id == _handoff.owner))
    .join(table(Promise), NEXT)
    .where(sa.text(OPEN), _member.deactivated)
    .order_by(_promise.since)
    .limit(MOST_CASES)
)
_OWNED = Question(sa.select(_handoff.workspace_id, _handoff.owner).where(sa.text(OPEN)).distinct())
_person = sa.bindparam("person", type_=sa.String)
# Leaves out a handoff that waits with the marketer who flagged it because there is no rep.
_OWNED_BY = Question(
    sa.select(_promise.since, _handoff.number)
    .join_from(table(Handoff), table(Promise), NEXT)
    .where(sa.text(OPEN), _handoff.workspace_id == sa.bindparam("workspace", type_=sa.String))
    .where(_handoff.owner == _person, ~((_handoff.state == State.OFFERED) & (_handoff.flagged_by == _person)))
    .order_by(_promise.since)
    .limit(MOST_CASES)
)


def _owners(audit: Round) -> Iterator[Case]:
    """Yields the open handoffs of people who have left, and of those whom the agreement allows no leads."""
    for workspace_id, owner, since, number in audit.look.ask(_OWNED_BY_LEAVERS):
        yield Case(workspace_id=workspace_id, about=owner, since=since, number=number, lane=owner)
    owners: dict[str, list[str]] = defaultdict(list)
    for workspace_id, owner in audit.look.ask(_OWNED):
        owners[workspace_id].append(owner)
    for workspace_id, people in sorted(owners.items()):
        terms = audit.agreements.terms(audit.look, workspace_id)
        for person in sorted(one for one in people if one and not terms.has_left(one)):
            if not terms.roles(terms.caller(person)) & {Role.REP, Role.MANAGER}:
                yield from _without_part(audit, workspace_id, person)


def _without_part(audit: Round, workspace_id: str, person: str) -> Iterator[Case]:
    for since, number in audit.look.ask(_OWNED_BY, workspace=workspace_id, person=person):
        yield Case(workspace_id=workspace_id, about=person, since=since, number=number, lane=person, said=NO_REP)


_UNKNOWN = Question(
    sa.select(_counter.workspace_id, _counter.lost_from, _counter.lost_to, _counter.lost_at).where(
        _counter.lost_at > _moment("after"), _counter.lost_from.is_not(None), _counter.lost_to.is_not(None)
    )
)


def _unknown(audit: Round) -> Iterator[Case]:
    for workspace_id, first, last, since in audit.look.ask(_UNKNOWN, after=audit.at - TOLD_FOR):
        case = Case(workspace_id=workspace_id, since=since, about=str(UnknownNumbers(first, last)))
        yield from repeat(case, min(last - first + 1, MOST_CASES))


class FindingKind(StrEnum):
    traits: Traits

    def __new__(cls, name: str, traits: Traits | None = None) -> Self:
        if traits is None:  # the default is for `FindingKind(name)`, which asks for one that is there
            raise TypeError(f"the kind of finding {name!r} has no traits")
        kind = str.__new__(cls, name)
        kind._value_, kind.traits = name, traits
        return kind

    # Handoffs with a promise whose step was due, and nobody was told.
    REMINDERS = "reminders", Traits(query=_reminders, catches_up=True)
    # Messages that wait too long.
    MESSAGES = "messages", Traits(query=_messages, catches_up=True)
    # Messages that Slack refused for good. `about` is Slack's error code.
    REFUSED = "refused", Traits(query=_refused)
    # A weekly digest that was not written, or one of its messages (the digest or the details) that was not shown.
    DIGEST = "digest", Traits(query=_digests, catches_up=True)
    # Open handoffs whose owner has left the workspace, or is no longer a rep. `about` is the owner.
    OWNERS = "owners", Traits(query=_owners)
    # Handoffs that have not ended, and nobody owes anything about them: leads that would be forgotten.
    FORGOTTEN = "forgotten", Traits(query=_forgotten)
    # People whose number of open handoffs, as it is kept for routing, is not that of their handoffs.
    LOADS = "loads", Traits(query=_loads)
    # Leads that the database does not know any more, though the chat shows their cards: an older backup was restored.
    # `about` is their numbers: 41-58. The name is that of the series for Prometheus.
    UNKNOWN = "lost", Traits(query=_unknown)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong in a workspace. `about` distinguishes findings of one kind. `numbers` are the handoffs
    concerned, `lanes` where messages should have gone, `said` what Slack said last."""

    workspace_id: str
    kind: FindingKind
    about: str = ""
    count: int
    since: datetime
    numbers: tuple[int, ...] = ()
    lanes: tuple[str, ...] = ()
    said: str = ""


def findings(audit: Round) -> Iterator[Finding]:
    """Yields everything that is wrong, in a fixed order."""
    for kind in FindingKind:
        yield from _grouped(kind, kind.traits.query(audit))


def _grouped(kind: FindingKind, cases: Iterable[Case]) -> Iterator[Finding]:
    """Yields one finding for each workspace and each `about` among the cases of one kind."""
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.workspace_id, case.about].append(case)
    for (workspace_id, about), group in sorted(groups.items()):
        yield Finding(
            workspace_id=workspace_id,
            kind=kind,
            about=about,
            count=len(group),
            since=min(case.since for case in group),
            numbers=tuple(sorted({case.number for case in group if case.number is not None})),
            lanes=tuple(sorted({case.lane for case in group if case.lane})),
            said=next((case.said for case in group if case.said), ""),
        )

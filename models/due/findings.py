"""What the audit looks for. An entry of FindingKind names all that is a finding's own here: its query, and whether the
clock job catches up on it by itself. What people read of it is in `bot/slack/views/alarm.py`.

Delays by design are no finding: reminders wait for people's hours, and a pause that the chat asks for is a finding only
if it lasts too long.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import repeat
from typing import Any, Self

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.outbox.queue import LONGEST_PAUSE
from models.rules.lifecycle import Role, State
from models.rules.lost import Lost
from models.rules.messages import MessageKind, To, going
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
    Workspace,
    table,
)
from models.workspace.agreements import Agreements

# A reminder or digest that is not written this long after its time is missed. The clock job has the same time to catch
# up after a break, in which it did not run or the machine's time jumped.
LATE = timedelta(minutes=5)
# A message that has been wanted for this long and is not shown is stuck, whatever the reason.
STUCK = timedelta(minutes=10)
# How long managers hear about a message that was refused for good, or about lost leads. The doctor lists a message as
# long as it exists, and a lost lead as long as its card is among the newest messages.
TOLD_FOR = timedelta(days=7)
# The words for an owner who has not left, but whom the agreement does not allow to work leads.
NO_REP = "no rep any more"
# The highest count of one kind. More need not be counted, because this many are bad enough.
MOST = 1000


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a query of the audit works with."""

    session: Session
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
    query: Callable[[Look], Iterator[Case]]
    # Every break leaves such cases behind, and the clock job then catches up on them by itself. So it says nothing of
    # them until it has had the time.
    catches_up: bool = False


wanted_at = sa.func.coalesce(Outbox.wanted_at, Outbox.due_at)


def waiting(at: datetime) -> tuple[sa.ColumnElement[bool] | sa.TextClause, ...]:
    """Returns the conditions for messages that should be shown by now: due, or put off by a failure or by Slack. A
    message due after the longest pause has an appointment, and is left out."""
    return sa.text("outbox.state = 'pending'"), col(Outbox.due_at) <= at + LONGEST_PAUSE, wanted_at <= at


def _reminders(look: Look) -> Iterator[Case]:
    found = look.session.execute(
        sa.select(col(Promise.workspace_id), col(Promise.next_step_at), col(Handoff.number))
        .join(Handoff, col(Handoff.id) == col(Promise.handoff_id))
        .where(sa.text(RUNNING), col(Promise.next_step_at) <= look.at - LATE)
        .order_by(col(Promise.next_step_at))
        .limit(MOST)
    )
    for row in found:
        yield Case(workspace_id=row.workspace_id, since=row.next_step_at, number=row.number)


def _forgotten(look: Look) -> Iterator[Case]:
    promised = sa.exists().where(col(Promise.handoff_id) == col(Handoff.id), sa.text(LIVE))
    found = look.session.execute(
        sa.select(col(Handoff.workspace_id), col(Handoff.moved_at), col(Handoff.number))
        .where(sa.text(OPEN), ~promised)
        .order_by(col(Handoff.moved_at))
        .limit(MOST)
    )
    for row in found:
        yield Case(workspace_id=row.workspace_id, since=row.moved_at, number=row.number)


def _loads(look: Look) -> Iterator[Case]:
    """Yields each person whose load differs. Nobody knows since when: it differs today."""
    today = look.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for row in look.session.execute(_LOADS_THAT_DIFFER):
        said = f"{row.person} has {abs(row.more)} {'more' if row.more > 0 else 'fewer'} than counted"
        yield Case(workspace_id=row.workspace_id, since=today, said=said)


def _loads_that_differ() -> sa.Select[Any]:
    """Returns the query for people with how many open handoffs more they have than is kept. The index of the open
    handoffs has all that it needs."""
    handoff, load = table(Handoff).c, table(RepLoad).c
    owner = (handoff.workspace_id, handoff.owner.label("person"))
    has = sa.select(*owner, sa.func.count().label("more")).where(sa.text(OPEN)).group_by(*owner)
    kept = sa.select(load.workspace_id, load.person, -load.open_handoffs)
    both = sa.union_all(has, kept).subquery().c
    differs = sa.func.sum(both.more)
    return (
        sa.select(both.workspace_id, both.person, differs.label("more"))
        .group_by(both.workspace_id, both.person)
        .having(differs != 0)
        .order_by(both.workspace_id, both.person)
        .limit(MOST)
    )


_LOADS_THAT_DIFFER = _loads_that_differ()


def _messages(look: Look) -> Iterator[Case]:
    wanted_long = wanted_at <= look.at - STUCK
    return _outbox(look, *waiting(look.at), wanted_long, col(Outbox.kind).not_in(_APART))


def _refused(look: Look) -> Iterator[Case]:
    dead = sa.text("outbox.state = 'dead'")
    for case in _outbox(look, dead, wanted_at > look.at - TOLD_FOR, col(Outbox.kind).not_in(_APART)):
        yield replace(case, about=case.said.split(" ")[0].replace(":", ""))


def _digests(look: Look) -> Iterator[Case]:
    due_at = col(Workspace.next_digest_at)
    unwritten = look.session.execute(sa.select(col(Workspace.id), due_at).where(due_at <= look.at - LATE))
    for row in unwritten:
        yield Case(workspace_id=row.id, since=row.next_digest_at)
    for kind in _DIGEST:
        of_it = col(Outbox.kind) == kind
        yield from _outbox(look, *waiting(look.at), wanted_at <= look.at - STUCK, of_it)
        yield from _outbox(look, sa.text("outbox.state = 'dead'"), wanted_at > look.at - TOLD_FOR, of_it)


def _owners(look: Look) -> Iterator[Case]:
    yield from _gone(look)
    owned = sa.select(col(Handoff.workspace_id), col(Handoff.owner)).where(sa.text(OPEN)).distinct()
    owners: dict[str, list[str]] = defaultdict(list)
    for workspace_id, owner in look.session.execute(owned):
        owners[workspace_id].append(owner)
    for workspace_id, people in sorted(owners.items()):
        terms = look.agreements.terms(look.session, workspace_id)
        for person in sorted(one for one in people if one and not terms.has_left(one)):
            if not terms.roles(terms.caller(person)) & {Role.REP, Role.MANAGER}:
                yield from _without_part(look, workspace_id, person)


def _gone(look: Look) -> Iterator[Case]:
    """Yields the open handoffs of people who have left."""
    rows = look.session.execute(
        sa.select(col(Handoff.workspace_id), col(Handoff.owner), col(Promise.since), col(Handoff.number))
        .join(Person, (col(Person.workspace_id) == Handoff.workspace_id) & (col(Person.id) == Handoff.owner))
        .join(Promise, NEXT)
        .where(sa.text(OPEN), col(Person.deactivated))
        .order_by(col(Promise.since))
        .limit(MOST)
    )
    return (
        Case(workspace_id=row.workspace_id, about=row.owner, since=row.since, number=row.number, lane=row.owner)
        for row in rows
    )


def _without_part(look: Look, workspace_id: str, person: str) -> Iterator[Case]:
    """Yields the open handoffs of somebody who has not left, but whom the agreement does not allow to work leads.
    Leaves out a handoff that waits with the marketer who flagged it because there is no rep."""
    last_resort = (col(Handoff.state) == State.OFFERED.value) & (col(Handoff.flagged_by) == person)
    rows = look.session.execute(
        sa.select(col(Promise.since), col(Handoff.number))
        .join_from(Handoff, Promise, NEXT)
        .where(sa.text(OPEN), col(Handoff.workspace_id) == workspace_id, col(Handoff.owner) == person, ~last_resort)
        .order_by(col(Promise.since))
        .limit(MOST)
    )
    for row in rows:
        yield Case(
            workspace_id=workspace_id, about=person, since=row.since, number=row.number, lane=person, said=NO_REP
        )


def _outbox(look: Look, *where: sa.ColumnElement[bool] | sa.TextClause) -> Iterator[Case]:
    rows = look.session.execute(
        sa.select(
            col(Outbox.workspace_id),
            wanted_at.label("wanted_at"),
            col(Handoff.number),
            col(Outbox.lane),
            col(Outbox.last_error),
        )
        .select_from(Outbox)
        .outerjoin(Handoff, col(Handoff.id) == col(Outbox.handoff_id))
        .where(*where)
        .order_by(wanted_at)
        .limit(MOST)
    )
    return (
        Case(
            workspace_id=row.workspace_id,
            since=row.wanted_at,
            number=row.number,
            lane=row.lane,
            said=row.last_error,
        )
        for row in rows
    )


def _lost(look: Look) -> Iterator[Case]:
    found = look.session.exec(select(Counter).where(col(Counter.lost_at) > look.at - TOLD_FOR))
    for counter in found:
        if counter.lost_from is not None and counter.lost_to is not None and counter.lost_at is not None:
            lost = Lost(counter.lost_from, counter.lost_to)
            case = Case(workspace_id=counter.workspace_id, since=counter.lost_at, about=str(lost))
            yield from repeat(case, min(lost.last - lost.first + 1, MOST))


# The kinds of the digest, in this order. The details wait for the digest, so what Slack said about the digest is the
# reason.
_DIGEST = tuple(kind.value for kind in going(To.DIGESTS))
# The kinds that other findings leave out. Digests have their own finding. An alarm that can't be sent is no finding,
# because each would cause another alarm.
_APART = (*_DIGEST, MessageKind.ALARM.value)


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
    # `about` is their numbers: 41-58.
    LOST = "lost", Traits(query=_lost)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong in a workspace. `about` distinguishes findings of one kind. `numbers` are the handoffs
    concerned, `lanes` where messages should have gone, `said` what Slack said last."""

    workspace_id: str
    problem: FindingKind
    about: str = ""
    count: int
    since: datetime
    numbers: tuple[int, ...] = ()
    lanes: tuple[str, ...] = ()
    said: str = ""


def findings(look: Look) -> Iterator[Finding]:
    """Yields everything that is wrong, in a fixed order."""
    for kind in FindingKind:
        yield from _grouped(kind, kind.traits.query(look))


def _grouped(problem: FindingKind, cases: Iterable[Case]) -> Iterator[Finding]:
    """Yields one finding for each workspace and each `about` among the cases of one problem."""
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.workspace_id, case.about].append(case)
    for (workspace_id, about), group in sorted(groups.items()):
        yield Finding(
            workspace_id=workspace_id,
            problem=problem,
            about=about,
            count=len(group),
            since=min(case.since for case in group),
            numbers=tuple(sorted({case.number for case in group if case.number is not None})),
            lanes=tuple(sorted({case.lane for case in group if case.lane})),
            said=next((case.said for case in group if case.said), ""),
        )

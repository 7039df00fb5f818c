"""Collects the evidence: from the database, and from Slack."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from bot.sandbox import Sandbox
from bot.sandbox.screen import message_as_shown, words
from jobs.letters import Letters
from models.audit import Audit
from models.digests import Digests
from models.directory import Directory
from models.lifecycle import Move, State
from models.mail import Kind, Mailroom
from models.reading import Reading
from models.store import Store
from models.tables import Handoff, LedgerEntry, Outbox, table
from models.tables import Lead as LeadRow
from tests.faults.crowd import Act
from tests.faults.oracle import Entry, Evidence, Intention, Lead, Shown
from tests.scenario.processes import wait_until

COMPARED = {Kind.CARD, Kind.TURN, Kind.NEWS}
"""What says the same whenever it is rendered: a reminder tells of its moment."""
REDELIVERED = timedelta(minutes=6)
"""After that long Slack has tried an event for the last time."""


class Witness:
    """Looks at one database and one Slack, as nobody of the bot's processes does."""

    def __init__(self, slack: Sandbox, database_url: str) -> None:
        self._slack = slack
        self._store = Store(database_url)
        directory = Directory(self._store)
        reading, mailroom = Reading(self._store, directory), Mailroom(self._store)
        self._letters = Letters(reading, Digests(self._store, directory), mailroom, Audit(self._store, directory))

    def close(self) -> None:
        self._store.close()

    def settled(self) -> None:
        """Wait until everything that Slack had to deliver is delivered, and all that came of it is shown."""
        for _ in range(2):
            self._slack.faults.release()
            self._all_shown()
            self._slack.clock.advance(REDELIVERED)
        self._all_shown()

    def _all_shown(self) -> None:
        """Wait for as long as less and less is left to show."""
        self._slack.settle(timeout=30)
        while left := self._due():
            wait_until(lambda before=left: self._due() < before, seconds=60)  # type: ignore[misc]  # a default binds it

    def _due(self) -> int:
        """How many messages are due or on their way."""
        outbox = table(Outbox).c
        under_way = sa.or_(outbox.due_at <= self._slack.clock.now(), outbox.lease.is_not(None), outbox.attempts > 0)
        count = sa.select(sa.func.count()).select_from(table(Outbox)).where(outbox.state == "pending", under_way)
        with self._store.read() as session:
            return int(session.scalar(count) or 0)

    def evidence(self, acts: list[Act], *, overtaken: int = 0) -> Evidence:
        with self._store.read() as session:
            handoffs = session.exec(select(Handoff, LeadRow).join(LeadRow, col(LeadRow.id) == col(Handoff.lead_id)))
            leads = [Lead(number=one.number, email=lead.email, state=State(one.state)) for one, lead in handoffs]
            ledger = [
                Entry(number=one.handoff_id, who=one.actor, move=Move(one.move), to=State(one.state))
                for one in session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id)))
            ]
            rows = session.exec(select(Outbox).order_by(col(Outbox.id))).all()
        return Evidence(
            acts=acts,
            ledger=ledger,
            leads=leads,
            outbox=[self._intention(row) for row in rows],
            shown=list(self._shown()),
            overtaken=overtaken,
        )

    def _intention(self, row: Outbox) -> Intention:
        said = None
        if row.kind in COMPARED:
            composed = self._letters.compose(row, now=self._slack.clock.now()).message
            said = "\n".join(line for block in composed.blocks for line in words(block)) if composed else None
        return Intention(key=row.key, token=row.token, state=row.state, ts=row.ts, words=said)

    def _shown(self) -> Iterator[Shown]:
        workspace = self._slack.workspace
        with workspace.changed:
            messages = [
                message_as_shown(one)
                for channel in workspace.channels.values()
                for one in channel.messages
                if one.user == self._slack.bot_user_id and one.subtype is None
            ]
        for one in messages:
            token = ((one.metadata or {}).get("event_payload") or {}).get("token", "")
            yield Shown(token=token, ts=one.ts, words=one.plain())


@contextmanager
def witness(slack: Sandbox, database_url: str) -> Iterator[Witness]:
    made = Witness(slack, database_url)
    try:
        yield made
    finally:
        made.close()

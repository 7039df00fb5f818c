"""From a row of the outbox to its message, made from the facts of now."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.slack.metadata import Shows
from bot.slack.text import permalink
from bot.slack.views import alarm, card, digest, news, nudge
from bot.slack.views.blocks import Message
from models.due.audit import Audit, is_about
from models.errors import NotShown, PersonId, Refused
from models.handoffs.queries import HandoffFacts, Queries
from models.outbox.queue import OutboxQueue
from models.reports.digest import Digests, is_late
from models.rules import messages
from models.rules.callers import Caller, program
from models.rules.digest_numbers import DigestNumbers
from models.rules.messages import TO_A_PERSON, MessageKind
from models.rules.terms import Terms
from models.storage.tables import DigestRun, Outbox


@dataclass(frozen=True, kw_only=True)
class Composed:
    """What to show. `message` is None if there is nothing to show. `thread` is the key of the message in whose thread
    it belongs. `shows`: it is the card of this handoff."""

    message: Message | None
    thread: str | None = None
    shows: Shows | None = None

    @property
    def fingerprint(self) -> str:
        """Returns a hash of the message: a message with the same fingerprint looks the same."""
        return hashlib.sha256(json.dumps(self.message).encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A row of the outbox, who reads its message, and the present time."""

    row: Outbox
    by: Caller
    now: datetime


class Composer:
    def __init__(self, queries: Queries, digests: Digests, queue: OutboxQueue, audit: Audit) -> None:
        self._queries = queries
        self._digests = digests
        self._queue = queue
        self._audit = audit

    def compose(self, row: Outbox, *, now: datetime) -> Composed:
        """Returns what the row stands for now. If that is gone or done by now, there is nothing to show."""
        kind = MessageKind(row.kind)
        try:
            composed = self.COMPOSED_BY[kind](self, Asked(row=row, by=self._reader(row), now=now))
            return replace(composed, thread=kind.thread(row.key))
        except NotShown:  # the reader has no part any more, so what they read before is withheld
            return Composed(message=news.withheld() if row.ts else None)
        except Refused:
            return Composed(message=None)

    def _reader(self, row: Outbox) -> Caller:
        """Returns who reads the message: a person in their direct messages or, for a channel, the program."""
        if MessageKind(row.kind) not in TO_A_PERSON:
            return program(row.workspace_id, row.kind)
        return self._queries.terms(row.workspace_id).caller(row.lane)

    def _facts(self, asked: Asked) -> HandoffFacts:
        """Returns the handoff that the message is about."""
        row = asked.row
        if row.handoff_id is None:
            raise ValueError(f"outbox row {row.id} ({row.kind}) names no handoff")
        return self._queries.handoff(row.handoff_id, by=asked.by)

    # A function for each kind: see COMPOSED_BY below.

    def _card(self, asked: Asked) -> Composed:
        facts = self._facts(asked)
        return Composed(message=card.card(facts, now=asked.now), shows=Shows(facts.id, facts.number))

    def _your_move(self, asked: Asked) -> Composed:
        return Composed(message=card.your_move(self._facts(asked), PersonId(asked.row.lane), now=asked.now))

    def _news(self, asked: Asked) -> Composed:
        facts = self._facts(asked)
        line = self._queries.line(messages.line_of_news(asked.row.key), by=asked.by)
        if asked.row.ts is None and any(later.undoes == line.id for later in facts.history):
            return Composed(message=None)  # nobody has read of it, and it is taken back
        shown = self._queries.card(facts.id, by=asked.by)
        return Composed(message=news.news(facts, line, card=permalink(*shown) if shown else ""))

    def _ruling(self, asked: Asked) -> Composed:
        return Composed(message=news.ruling(self._facts(asked)))

    def _nudge(self, asked: Asked) -> Composed:
        made = nudge.nudge(self._queries.nudge(asked.row, by=asked.by, at=asked.now), now=asked.now)
        return Composed(message=made or (nudge.all_done() if asked.row.ts else None))

    def _unanswered(self, asked: Asked) -> Composed:
        facts = self._facts(asked)
        return Composed(message=news.unanswered(facts) if facts.reply else nudge.all_done() if asked.row.ts else None)

    def _nurture(self, asked: Asked) -> Composed:
        facts = self._facts(asked)
        back = facts.lead.nurture_until is not None and facts.lead.nurture_until <= asked.now
        return Composed(message=nudge.nurture_over(facts) if back else None)

    def _digest(self, asked: Asked) -> Composed:
        numbers, terms, run = self._numbers(asked)
        late = run is not None and is_late(run)
        return Composed(message=digest.digest(numbers, terms.agreement, late=late))

    def _digest_details(self, asked: Asked) -> Composed:
        numbers, terms, _ = self._numbers(asked)
        return Composed(message=digest.details(numbers, terms.agreement))

    def _numbers(self, asked: Asked) -> tuple[DigestNumbers, Terms, DigestRun | None]:
        week = messages.week_of_digest(asked.row.key)
        return self._digests.numbers(asked.row.workspace_id, week, as_of=asked.now)

    def _alarm(self, asked: Asked) -> Composed:
        for finding in self._audit.findings(at=asked.now):
            if is_about(finding, asked.row):
                listed = self._queries.listed(finding.numbers, by=asked.by)
                terms = self._queries.terms(asked.row.workspace_id)
                return Composed(message=alarm.alarm(finding, listed, terms, now=asked.now))
        return Composed(message=alarm.over() if asked.row.ts else None)

    # What composes the messages of each kind.
    COMPOSED_BY: ClassVar[Mapping[MessageKind, Callable[["Composer", Asked], Composed]]] = {
        MessageKind.CARD: _card,
        MessageKind.YOUR_MOVE: _your_move,
        MessageKind.NEWS: _news,
        MessageKind.RULING: _ruling,
        MessageKind.NUDGE: _nudge,
        MessageKind.UNANSWERED: _unanswered,
        MessageKind.NURTURE: _nurture,
        MessageKind.DIGEST: _digest,
        MessageKind.DIGEST_DETAILS: _digest_details,
        MessageKind.ALARM: _alarm,
    }

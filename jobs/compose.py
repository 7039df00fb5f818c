"""From a row of the outbox to its message, made from the facts of now."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

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
from models.rules.messages import MessageKind
from models.rules.week import Week
from models.storage.tables import Outbox

# The kinds that go to one person. The others go to a channel.
TO_A_PERSON = frozenset(
    {
        MessageKind.YOURS,
        MessageKind.NEWS,
        MessageKind.RULING,
        MessageKind.NUDGE,
        MessageKind.UNANSWERED,
        MessageKind.NURTURE,
        MessageKind.ALARM,
    }
)


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


class Composer:
    def __init__(self, queries: Queries, digests: Digests, queue: OutboxQueue, audit: Audit) -> None:
        self._queries = queries
        self._digests = digests
        self._queue = queue
        self._audit = audit

    def compose(self, row: Outbox, *, now: datetime) -> Composed:
        """Returns what the row stands for now. If that is gone or done by now, there is nothing to show."""
        try:
            match MessageKind(row.kind):
                case MessageKind.DIGEST | MessageKind.DIGEST_DETAILS:
                    return self._digest(row, now)
                case MessageKind.NUDGE:
                    made = nudge.nudge(self._queries.nudge(row, by=self._reader(row), at=now), now=now)
                    return Composed(message=made or (nudge.all_done() if row.ts else None))
                case MessageKind.ALARM:
                    return Composed(message=self._alarm(row, now))
                case (
                    MessageKind.CARD
                    | MessageKind.YOURS
                    | MessageKind.NEWS
                    | MessageKind.RULING
                    | MessageKind.UNANSWERED
                    | MessageKind.NURTURE
                ):
                    return self._about_handoff(row, now)
        except NotShown:  # the reader has no part any more, so what they read before is withheld
            return Composed(message=news.withheld() if row.ts else None)
        except Refused:
            return Composed(message=None)

    def _about_handoff(self, row: Outbox, now: datetime) -> Composed:
        if row.handoff_id is None:
            raise ValueError(f"outbox row {row.id} ({row.kind}) names no handoff")
        by = self._reader(row)
        facts = self._queries.handoff(row.handoff_id, by=by)
        shows = Shows(facts.id, facts.number) if MessageKind(row.kind) is MessageKind.CARD else None
        return Composed(message=self._words(facts, row, by, now), shows=shows)

    def _words(self, facts: HandoffFacts, row: Outbox, by: Caller, now: datetime) -> Message | None:
        match MessageKind(row.kind):
            case MessageKind.CARD:
                return card.card(facts, now=now)
            case MessageKind.YOURS:
                return card.yours(facts, PersonId(row.lane), now=now)
            case MessageKind.NEWS:
                entry = self._queries.entry(messages.line_of_news(row.key), by=by)
                if row.ts is None and any(line.undoes == entry.id for line in facts.history):
                    return None  # nobody has read of it, and it is taken back
                shown = self._queries.card(facts.id, by=by)
                return news.news(facts, entry, card=permalink(*shown) if shown else "")
            case MessageKind.RULING:
                return news.ruling(facts)
            case MessageKind.UNANSWERED:
                return news.unanswered(facts) if facts.reply else (nudge.all_done() if row.ts else None)
            case MessageKind.NURTURE:
                back = facts.lead.nurture_until is not None and facts.lead.nurture_until <= now
                return nudge.nurture_over(facts) if back else None
            case (MessageKind.DIGEST | MessageKind.DIGEST_DETAILS | MessageKind.NUDGE | MessageKind.ALARM) as other:
                raise ValueError(f"no view for {other}")

    def _reader(self, row: Outbox) -> Caller:
        """Returns who reads the message: a person in their direct messages or, for a channel, the program."""
        if MessageKind(row.kind) not in TO_A_PERSON:
            return program(row.workspace_id, row.kind)
        return self._queries.terms(row.workspace_id).caller(row.lane)

    def _alarm(self, row: Outbox, now: datetime) -> Message | None:
        for finding in self._audit.findings(at=now):
            if is_about(finding, row):
                listed = self._queries.listed(finding.numbers, by=self._reader(row))
                return alarm.alarm(finding, listed, self._queries.terms(row.workspace_id), now=now)
        return alarm.over() if row.ts else None

    def _digest(self, row: Outbox, now: datetime) -> Composed:
        name = messages.digest_name(row.key)
        week = Week.parse(name.split(":")[0])
        numbers, terms, run = self._digests.numbers(row.workspace_id, week, as_of=now)
        if row.kind == MessageKind.DIGEST:
            late = run is not None and is_late(run)
            return Composed(message=digest.digest(numbers, terms.agreement, late=late))
        return Composed(message=digest.details(numbers, terms.agreement), thread=messages.digest_key(name))

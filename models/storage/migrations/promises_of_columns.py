"""Promises get a table of their own: what the columns of a handoff and waiting messages said before. A part of 0101.

The promise on the next move comes up at the same moment as before, and the same people hear of it at the same moments.
Of what was promised earlier, the table has what the handoff knew: the first answer, the first contact, and the answer
to a rejection.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from alembic import op

BATCH = 2000
LIVE = "state IN ('running', 'paused')"
# The indexes and columns of a handoff that are not needed any more. The migration drops them when promises are made.
INDEXES = ("due", "reply_due", "responded", "accept_due", "contact_due", "answer_due", "unanswered")
COLUMNS = (
    *("step_at", "remind_at", "due_at", "escalate_at", "next_nudge_at"),
    *("accept_due_at", "responded_at", "accept_seconds", "contact_due_at", "contact_seconds"),
    *("answered_at", "answer_due_at"),
)
# For each open state: what the owner promised, the key of its hours in the agreement, and their default.
OWED = {
    "offered": ("answer", "accept_hours", 4),
    "accepted": ("contact", "contact_hours", 8),
    "working": ("outcome", "outcome_hours", 80),
    "qualified": ("close", None, None),
}
# The time of a close whose day had passed when the lead was handed on. Only such a close has a reminder before it.
PASSED_CLOSE_SECONDS = 8 * 3600

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

Row = sa.Row[Any]
Promise = dict[str, Any]


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True))


_meta = sa.MetaData()
_promise = sa.Table(
    "promise",
    _meta,
    *(
        sa.Column(name, sa.String)
        for name in ("workspace_id", "what", "state", "owner", "part", "hours_of", "released")
    ),
    *(sa.Column(name, sa.BigInteger) for name in ("id", "handoff_id")),
    *(sa.Column(name, sa.Integer) for name in ("promised_seconds", "taken_seconds")),
    *(
        _moment(name)
        for name in ("since", "away_until", "due_at", "first_due_at", "next_step_at", "broken_at", "kept_at")
    ),
    sa.Column("steps", sa.JSON),
)
_handoff = sa.Table(
    "handoff",
    _meta,
    *(
        sa.Column(name, sa.Integer)
        for name in ("id", "lead_id", "agreement_version", "accept_seconds", "contact_seconds")
    ),
    *(sa.Column(name, sa.String) for name in ("workspace_id", "state", "owner", "flagged_by", "offered_to", "reason")),
    *(sa.Column(name, sa.String) for name in ("accepted_by",)),
    *(sa.Column(name, sa.Boolean) for name in ("contested", "ruled", "voided")),
    *(_moment(name) for name in ("flagged_at", "accepted_at", "contacted_at", "closed_at", "moved_at")),
    *(_moment(name) for name in COLUMNS if name.endswith("_at")),
)
_lead = sa.Table("lead", _meta, sa.Column("id", sa.Integer), _moment("nurture_until"))
_agreement = sa.Table(
    "agreement_version",
    _meta,
    sa.Column("workspace_id", sa.String),
    sa.Column("version", sa.Integer),
    sa.Column("document", sa.JSON),
)
_outbox = sa.Table(
    "outbox",
    _meta,
    *(sa.Column(name, sa.Integer) for name in ("id", "handoff_id")),
    *(sa.Column(name, sa.String) for name in ("workspace_id", "kind", "lane", "state", "ts")),
    *(_moment(name) for name in ("due_at", "created_at")),
    sa.Column("uncertain", sa.Boolean),
)
# Messages that wait for a time of their own. One that may have been posted already stays in the outbox.
_WAITING = (
    _outbox.c.kind.in_(["unanswered", "nurture"])
    & (_outbox.c.state == "pending")
    & _outbox.c.ts.is_(None)
    & ~_outbox.c.uncertain
)


def upgrade() -> None:
    _create()
    connection = op.get_bind()
    agreements = {
        (row.workspace_id, row.version): row.document for row in connection.execute(sa.select(_agreement)).all()
    }
    waiting = {
        row.handoff_id: row.due_at
        for row in connection.execute(sa.select(_outbox).where(_WAITING, _outbox.c.kind == "unanswered")).all()
    }
    last, ids = 0, count(1)
    while rows := connection.execute(
        sa.select(_handoff).where(_handoff.c.id > last).order_by(_handoff.c.id).limit(BATCH)
    ).all():
        last = rows[-1].id
        _insert(
            (
                promise
                for row in rows
                if not row.voided
                for promise in _promises(row, agreements.get((row.workspace_id, row.agreement_version)) or {}, waiting)
            ),
            ids,
        )
    _insert(_recalls(connection), ids)
    connection.execute(sa.delete(_outbox).where(_WAITING))
    _create_indexes()


def _promises(row: Row, agreement: Mapping[str, Any], waiting: Mapping[int, datetime]) -> Iterator[Promise]:
    """Yields the promises about a handoff, of each kind the earlier ones first."""
    sla = agreement.get("sla") or {}

    def seconds(key: str, hours: float) -> int:
        return round(float(sla.get(key, hours)) * 3600)

    if row.responded_at is not None:
        length, due_at = seconds("accept_hours", 4), row.accept_due_at
        done = _kept(row.responded_at, due_at, row.accept_seconds)
        yield _promise_of(row, "answer", row.offered_to, row.flagged_at, due_at, promised_seconds=length) | done
    elif row.state == "withdrawn":
        over = {"state": "released", "released": "withdrawn"}
        yield _promise_of(row, "answer", row.offered_to, row.flagged_at, row.accept_due_at) | over
    if row.contacted_at is not None and row.contact_due_at is not None:
        length, since = seconds("contact_hours", 8), row.accepted_at or row.flagged_at
        done = _kept(row.contacted_at, row.contact_due_at, row.contact_seconds)
        yield _promise_of(row, "contact", row.accepted_by, since, row.contact_due_at, promised_seconds=length) | done
    if row.state in OWED:
        yield _next_move(row, seconds)
    if row.state == "rejected" and row.answered_at is None:
        yield _reply(row, agreement) | {
            "promised_seconds": seconds("answer_hours", 8),
            "steps": _steps((row.answer_due_at, "owner")),
            "next_step_at": min(filter(None, (row.next_nudge_at, waiting.get(row.id))), default=None),
            "broken_at": _broken(row.answer_due_at, row.next_nudge_at),
        }
    elif row.answer_due_at is not None:
        done = _kept(row.answered_at, row.answer_due_at, None)
        yield _reply(row, agreement) | {"promised_seconds": seconds("answer_hours", 8)} | done
    if row.state == "rejected" and row.contested and not row.ruled:
        since = row.answered_at or row.moved_at
        yield _promise_of(row, "ruling", None, since, None) | {"part": "managers", "state": "running"}


def _next_move(row: Row, seconds: Any) -> Promise:
    what, key, hours = OWED[row.state]
    first = {"answer": row.accept_due_at if row.responded_at is None else None, "contact": row.contact_due_at}
    length = seconds(key, hours) if key else PASSED_CLOSE_SECONDS if row.remind_at else None
    return _promise_of(row, what, row.owner, row.step_at or row.moved_at, row.due_at) | {
        "state": "running",
        "promised_seconds": length,
        "first_due_at": first.get(what) or row.due_at,
        "steps": _steps((row.remind_at, "owner"), (row.due_at, "owner"), (row.escalate_at, "manager")),
        "next_step_at": row.next_nudge_at,
        "broken_at": _broken(row.due_at, row.next_nudge_at),
    }


def _reply(row: Row, agreement: Mapping[str, Any]) -> Promise:
    reasons = agreement.get("reasons") or {"bad_data": {"destination": "fix"}}
    what = "fix" if (reasons.get(row.reason) or {}).get("destination") == "fix" else "reply"
    since = row.closed_at or row.moved_at
    return _promise_of(row, what, row.flagged_by, since, row.answer_due_at) | {"state": "running"}


def _recalls(connection: sa.Connection) -> Iterator[Promise]:
    """Yields a promise for each waiting message that would still be shown when its time comes."""
    still = _lead.c.nurture_until <= _outbox.c.due_at
    found = sa.select(_outbox, _handoff.c.id).join(_handoff, _handoff.c.id == _outbox.c.handoff_id)
    found = found.join(_lead, _lead.c.id == _handoff.c.lead_id).where(_WAITING, _outbox.c.kind == "nurture", still)
    # of a handoff that was rejected twice, only the last message counts
    last = {row.handoff_id: row for row in connection.execute(found.order_by(_outbox.c.id)).all()}
    for row in last.values():
        yield _blank(row.workspace_id, row.handoff_id, "recall", row.lane, row.created_at, row.due_at) | {
            "state": "running",
            "steps": _steps((row.due_at, "owner")),
            "next_step_at": row.due_at,
        }


def _promise_of(
    row: Row, what: str, owner: str | None, since: datetime, due_at: datetime | None, **more: Any
) -> Promise:
    return _blank(row.workspace_id, row.id, what, owner, since, due_at) | more


def _blank(
    workspace_id: str, handoff_id: int, what: str, owner: str | None, since: datetime, due_at: datetime | None
) -> Promise:
    blank = dict.fromkeys(_promise.c.keys())
    named = {"workspace_id": workspace_id, "handoff_id": handoff_id, "what": what, "owner": owner, "hours_of": owner}
    return {**blank, **named, "since": since, "due_at": due_at, "first_due_at": due_at, "steps": []}


def _kept(at: datetime, due_at: datetime | None, seconds: int | None) -> Promise:
    broken_at = due_at if due_at is not None and due_at < at else None
    return {"state": "kept", "kept_at": at, "taken_seconds": seconds, "broken_at": broken_at}


def _broken(due_at: datetime | None, next_step_at: datetime | None) -> datetime | None:
    """Returns when a promise broke, if Baton has spoken of that."""
    return due_at if due_at is not None and next_step_at is not None and due_at < next_step_at else None


def _steps(*steps: tuple[datetime | None, str]) -> list[list[str]]:
    aware = ((at if at is None or at.tzinfo else at.replace(tzinfo=UTC), hears) for at, hears in steps)
    return [[at.astimezone(UTC).isoformat(), hears] for at, hears in aware if at is not None]


def _insert(promises: Iterator[Promise], ids: Iterator[int]) -> None:
    if rows := [promise | {"id": next(ids)} for promise in promises]:
        op.get_bind().execute(sa.insert(_promise), rows)


def _create() -> None:
    op.create_table(
        "promise",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("workspace_id", sa.String(), sa.ForeignKey("workspace.id"), nullable=False),
        sa.Column("handoff_id", _ID, sa.ForeignKey("handoff.id"), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner", sa.String()),
        sa.Column("part", sa.String()),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours_of", sa.String()),
        sa.Column("away_until", sa.DateTime(timezone=True)),
        sa.Column("promised_seconds", sa.Integer()),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("first_due_at", sa.DateTime(timezone=True)),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("next_step_at", sa.DateTime(timezone=True)),
        sa.Column("broken_at", sa.DateTime(timezone=True)),
        sa.Column("kept_at", sa.DateTime(timezone=True)),
        sa.Column("taken_seconds", sa.Integer()),
        sa.Column("released", sa.String()),
    )


def _create_indexes() -> None:
    """Needs the rows already: to sort them once is faster than to find each one's place."""
    _partial_index("uq_promise_live", "handoff_id", "what", where=LIVE, unique=True)
    _partial_index("ix_promise_step", "next_step_at", where="state = 'running'")
    _partial_index("ix_promise_owed", "workspace_id", "what", "owner", where=LIVE)
    op.create_index("ix_promise_first_due", "promise", ["workspace_id", "what", "first_due_at"])
    op.create_index("ix_promise_kept", "promise", ["workspace_id", "what", "kept_at"])


def _partial_index(name: str, *columns: str, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "promise", list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)

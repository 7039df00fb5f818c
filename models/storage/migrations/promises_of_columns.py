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

from models.storage.migrations import bulk

LIVE = "state IN ('running', 'paused')"
# The indexes and columns of a handoff that are not needed any more. The migration drops them when promises are made.
INDEXES = ("due", "reply_due", "responded", "accept_due", "contact_due", "answer_due", "unanswered")
COLUMNS = (
    *("step_at", "remind_at", "due_at", "escalate_at", "next_nudge_at"),
    *("accept_due_at", "responded_at", "accept_seconds", "contact_due_at", "contact_seconds"),
    *("answered_at", "answer_due_at"),
)
# For each open state: what the owner promised, and the key of its hours in the agreement. Then their defaults.
OWED = {
    "offered": ("answer", "accept_hours"),
    "accepted": ("contact", "contact_hours"),
    "working": ("outcome", "outcome_hours"),
    "qualified": ("close", None),
}
HOURS = {"accept_hours": 4, "contact_hours": 8, "outcome_hours": 80, "answer_hours": 8}
# The hours of promises that are over, in the order of their columns in `agreed`.
AGREED = ("accept_hours", "contact_hours", "answer_hours")
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
    *(sa.Column(name, sa.Integer) for name in ("id", "lead_id", "agreement_version")),
    *(sa.Column(name, sa.String) for name in ("workspace_id", "state", "owner", "flagged_by", "offered_to", "reason")),
    *(sa.Column(name, sa.Boolean) for name in ("contested", "ruled", "voided")),
    *(_moment(name) for name in ("closed_at", "moved_at")),
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


# What the agreements say, by version and reason: seconds, and which kind of answer is owed for a rejection.
_agreed = sa.Table(
    "agreed",
    _meta,
    *(sa.Column(name, sa.String, primary_key=True) for name in ("workspace_id", "reason")),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    *(sa.Column(name, sa.Integer) for name in ("answer_seconds", "contact_seconds", "reply_seconds")),
    sa.Column("reply", sa.String),
)


def _kept(owner: str, at: str, due_at: str, seconds: str = "NULL") -> dict[str, str]:
    """Returns the columns of a promise that was kept, from those of the handoff."""
    broken_at = f"CASE WHEN {due_at} < {at} THEN {due_at} END"
    known = {"owner": owner, "due_at": due_at, "kept_at": at, "taken_seconds": seconds, "broken_at": broken_at}
    return known | {"state": "'kept'"}


# What is over, most of an old database: the columns of a promise, and which handoffs had one. The database itself
# writes these.
OVER = (
    (
        _kept("offered_to", "responded_at", "accept_due_at", "accept_seconds")
        | {"what": "'answer'", "since": "flagged_at", "promised_seconds": "agreed.answer_seconds"},
        "responded_at IS NOT NULL",
    ),
    (
        {"what": "'answer'", "since": "flagged_at", "owner": "offered_to", "due_at": "accept_due_at"}
        | {"state": "'released'", "released": "'withdrawn'"},
        "responded_at IS NULL AND state = 'withdrawn'",
    ),
    (
        _kept("accepted_by", "contacted_at", "contact_due_at", "handoff.contact_seconds")
        | {"what": "'contact'", "since": "coalesce(accepted_at, flagged_at)"}
        | {"promised_seconds": "agreed.contact_seconds"},
        "contacted_at IS NOT NULL AND contact_due_at IS NOT NULL",
    ),
    (
        _kept("flagged_by", "answered_at", "answer_due_at")
        | {"what": "agreed.reply", "since": "coalesce(closed_at, moved_at)"}
        | {"promised_seconds": "agreed.reply_seconds"},
        "answered_at IS NOT NULL AND answer_due_at IS NOT NULL",
    ),
)
# The handoffs of which somebody owes something.
_OWING = ~_handoff.c.voided & (
    _handoff.c.state.in_(OWED)
    | ((_handoff.c.state == "rejected") & (_handoff.c.answered_at.is_(None) | _handoff.c.contested & ~_handoff.c.ruled))
)


def upgrade() -> None:
    """The table must be there already, see `create`."""
    connection = op.get_bind()
    agreements = {
        (row.workspace_id, row.version): row.document for row in connection.execute(sa.select(_agreement)).all()
    }
    waiting = {
        row.handoff_id: row.due_at
        for row in connection.execute(sa.select(_outbox).where(_WAITING, _outbox.c.kind == "unanswered")).all()
    }
    _write_what_is_over(agreements)
    ids = count(_last_id() + 1)
    owing = sa.select(_handoff).where(_OWING).order_by(_handoff.c.id)
    for rows in connection.execute(owing, execution_options=bulk.SOME_AT_A_TIME).partitions(bulk.BATCH):
        _insert(
            (
                promise
                for row in rows
                for promise in _promises(row, agreements.get((row.workspace_id, row.agreement_version)) or {}, waiting)
            ),
            ids,
        )
    _insert(_recalls(connection), ids)
    connection.execute(sa.delete(_outbox).where(_WAITING))


def _write_what_is_over(agreements: Mapping[tuple[str, int], Mapping[str, Any]]) -> None:
    connection = op.get_bind()
    _agreed.create(connection)
    reason = sa.func.coalesce(_handoff.c.reason, "").label("reason")
    found = sa.select(_handoff.c.workspace_id, _handoff.c.agreement_version, reason).distinct()
    rows = [
        (
            workspace_id,
            version,
            reason,
            *(_seconds(agreement, key) for key in AGREED),
            _kind_of_reply(agreement, reason),
        )
        for workspace_id, version, reason in connection.execute(found)
        for agreement in (agreements.get((workspace_id, version)) or {},)
    ]
    names = ("workspace_id", "version", "reason", "answer_seconds", "contact_seconds", "reply_seconds", "reply")
    bulk.insert("agreed", names, rows)
    for columns, which in OVER:
        known = columns | {"first_due_at": columns["due_at"], "hours_of": columns["owner"], "steps": "'[]'"}
        op.execute(f"""
INSERT INTO promise (id, workspace_id, handoff_id, {", ".join(known)})
SELECT {_last_id()} + row_number() OVER (), handoff.workspace_id, handoff.id, {", ".join(known.values())}
FROM handoff JOIN agreed ON agreed.workspace_id = handoff.workspace_id
    AND agreed.version = handoff.agreement_version AND agreed.reason = coalesce(handoff.reason, '')
WHERE NOT voided AND {which}""")  # noqa: S608 - made of constants
    op.drop_table("agreed")


def _last_id() -> int:
    return op.get_bind().scalar(sa.select(sa.func.max(_promise.c.id))) or 0


def _seconds(agreement: Mapping[str, Any], key: str) -> int:
    return round(float((agreement.get("sla") or {}).get(key, HOURS[key])) * 3600)


def _kind_of_reply(agreement: Mapping[str, Any], reason: str | None) -> str:
    reasons = agreement.get("reasons") or {"bad_data": {"destination": "fix"}}
    return "fix" if (reasons.get(reason) or {}).get("destination") == "fix" else "reply"


def _promises(row: Row, agreement: Mapping[str, Any], waiting: Mapping[int, datetime]) -> Iterator[Promise]:
    """Yields what is owed about a handoff."""
    if row.state in OWED:
        yield _next_move(row, agreement)
    if row.state == "rejected" and row.answered_at is None:
        what, since = _kind_of_reply(agreement, row.reason), row.closed_at or row.moved_at
        yield _promise_of(row, what, row.flagged_by, since, row.answer_due_at) | {
            "state": "running",
            "promised_seconds": _seconds(agreement, "answer_hours"),
            "steps": _steps((row.answer_due_at, "owner")),
            "next_step_at": min(filter(None, (row.next_nudge_at, waiting.get(row.id))), default=None),
            "broken_at": _broken(row.answer_due_at, row.next_nudge_at),
        }
    if row.state == "rejected" and row.contested and not row.ruled:
        since = row.answered_at or row.moved_at
        yield _promise_of(row, "ruling", None, since, None) | {"part": "managers", "state": "running"}


def _next_move(row: Row, agreement: Mapping[str, Any]) -> Promise:
    what, key = OWED[row.state]
    first = {"answer": row.accept_due_at if row.responded_at is None else None, "contact": row.contact_due_at}
    length = _seconds(agreement, key) if key else PASSED_CLOSE_SECONDS if row.remind_at else None
    return _promise_of(row, what, row.owner, row.step_at or row.moved_at, row.due_at) | {
        "state": "running",
        "promised_seconds": length,
        "first_due_at": first.get(what) or row.due_at,
        "steps": _steps((row.remind_at, "owner"), (row.due_at, "owner"), (row.escalate_at, "manager")),
        "next_step_at": row.next_nudge_at,
        "broken_at": _broken(row.due_at, row.next_nudge_at),
    }


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


def _promise_of(row: Row, what: str, owner: str | None, since: datetime, due_at: datetime | None) -> Promise:
    return _blank(row.workspace_id, row.id, what, owner, since, due_at)


def _blank(
    workspace_id: str, handoff_id: int, what: str, owner: str | None, since: datetime, due_at: datetime | None
) -> Promise:
    blank = dict.fromkeys(_promise.c.keys())
    named = {"workspace_id": workspace_id, "handoff_id": handoff_id, "what": what, "owner": owner, "hours_of": owner}
    return {**blank, **named, "since": since, "due_at": due_at, "first_due_at": due_at, "steps": []}


def _broken(due_at: datetime | None, next_step_at: datetime | None) -> datetime | None:
    """Returns when a promise broke, if Baton has spoken of that."""
    return due_at if due_at is not None and next_step_at is not None and due_at < next_step_at else None


def _steps(*steps: tuple[datetime | None, str]) -> list[list[str]]:
    aware = ((at if at is None or at.tzinfo else at.replace(tzinfo=UTC), hears) for at, hears in steps)
    return [[at.astimezone(UTC).isoformat(), hears] for at, hears in aware if at is not None]


def _insert(promises: Iterator[Promise], ids: Iterator[int]) -> None:
    if rows := [promise | {"id": next(ids)} for promise in promises]:
        op.get_bind().execute(sa.insert(_promise), rows)


def create() -> None:
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


def create_indexes() -> None:
    """Needs the rows already: to sort them once is faster than to find each one's place."""
    _partial_index("uq_promise_live", "handoff_id", "what", where=LIVE, unique=True)
    _partial_index("ix_promise_step", "next_step_at", where="state = 'running'")
    _partial_index("ix_promise_owed", "workspace_id", "what", "owner", where=LIVE)
    op.create_index("ix_promise_first_due", "promise", ["workspace_id", "what", "first_due_at"])
    op.create_index("ix_promise_kept", "promise", ["workspace_id", "what", "kept_at"])


def _partial_index(name: str, *columns: str, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "promise", list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)

"""The ledger of a database of Baton 0.1: its words move to a table of their own, and each handoff gets a line that says
how it stood."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.slack.ids import member_kind
from models.errors import PersonId
from models.handoffs.queries import Queries
from models.reports.inspection import Inspection, Verified
from models.rules.callers import Caller, program
from models.rules.lifecycle import Move, State
from models.rules.replay import Replayed, replay
from models.rules.rows import LedgerRow, promised
from models.storage import ledger, schema
from models.storage.store import Store
from models.storage.tables import Handoff, LedgerEntry, LedgerText, table
from models.workspace.agreements import Agreements
from tests.migration.test_migrations import migrate_to
from tests.migration.test_promises import BEFORE, HERE, blank, handoffs, made_up, open_handoff, promises, write
from tests.monday import TEN
from tests.unit.office import DANA, MIA

PROGRAM: Caller = program(HERE, "test")
# Of the first handoff: who did what, what they typed, and what was before.
LINES: list[dict[str, Any]] = [
    {"actor": MIA, "move": "flag", "state": "offered", "owner": DANA, "note": "wants it quietly"}
    | {"detail": {"rule": "whose turn it is", "passed_over": {}, "follows": None}}
    | {"before": {"lead": {"name": "Jane Secret", "nurture_until": None}}},
    {"actor": MIA, "move": "edit", "state": "offered", "owner": DANA}
    | {"detail": {"changed": {"company": ["Hidden Inc", "Masked Ltd"]}}},
    {"actor": DANA, "move": "accept", "state": "accepted", "owner": DANA}
    | {"before": {"handoff": {"state": "offered", "due_at": "2026-11-16T13:00:00+00:00"}}},
    {"actor": DANA, "move": "reject", "state": "rejected", "reason": "bad_data", "note": "hush"}
    | {"before": {"handoff": {"state": "offered", "reason_note": "a riddle"}}},
    {"actor": DANA, "move": "undo", "state": "accepted", "owner": DANA, "undoes": 4},
]
SECRETS = ("quietly", "Jane Secret", "Hidden", "Masked", "hush", "riddle")


def at(place: int) -> datetime:
    return TEN + timedelta(minutes=place)


def enter(store: Store, lines: list[dict[str, Any]]) -> None:
    """Writes these lines about the first handoff."""
    kept = sa.MetaData()
    with store.write() as session:
        kept.reflect(session.connection(), only=["ledger"])
        for place, line in enumerate(lines):
            moment = at(place).replace(tzinfo=None) if store.is_sqlite else at(place)
            row = {"workspace_id": HERE, "handoff_id": 1, "at": moment, "note": "", "detail": {}} | line
            session.execute(sa.insert(kept.tables["ledger"]), row)


def lines_of(store: Store) -> dict[int, list[LedgerRow]]:
    """Returns all lines with their texts, by handoff."""
    found: dict[int, list[LedgerRow]] = {}
    line = table(LedgerEntry).c
    with store.read() as session:
        chosen = sa.select(*ledger.LINE).select_from(ledger.LINES).order_by(line.handoff_id, line.version)
        for one in map(ledger.together, session.execute(chosen)):
            found.setdefault(one.handoff_id, []).append(one)
    return found


@pytest.fixture
def old(empty: Store) -> Store:
    migrate_to(empty, BEFORE)
    return empty


def accepted() -> dict[str, Any]:
    return open_handoff("accepted", {}, made_up().calendar(DANA, at=TEN), handed_on=False) | {"version": 5}


def test_the_words_of_old_lines_move_and_everything_else_stays(old: Store) -> None:
    write(old, [accepted()])
    enter(old, LINES)
    schema.migrate(old)
    *lines, stood = lines_of(old)[1]
    assert [(one.version, one.at, one.actor, one.move) for one in lines] == [
        (place + 1, at(place), line["actor"], line["move"]) for place, line in enumerate(LINES)
    ]
    flagged, edited, accept, rejected, undone = lines
    assert flagged.note == "wants it quietly"
    assert flagged.before is not None
    assert flagged.before.lead == {"name": "Jane Secret", "nurture_until": None}
    assert edited.detail == {"changed": {"company": ["Hidden Inc", "Masked Ltd"]}}
    assert accept.before is not None
    assert accept.before.handoff == {"state": "offered", "due_at": "2026-11-16T13:00:00+00:00"}
    assert (rejected.note, rejected.reason, undone.undoes) == ("hush", "bad_data", rejected.id)
    assert rejected.before is not None
    assert rejected.before.handoff == {"state": "offered", "reason_note": "a riddle"}
    assert stood.before is None
    with old.read() as session:
        kept = repr(session.execute(sa.select(table(LedgerEntry))).all())
        assert Inspection(session).verified(HERE, newest=99) == Verified(lines=6, texts=3, deleted=0, changed=())
        assert session.scalar(sa.select(sa.func.count()).select_from(LedgerText)) == 3
    assert [secret for secret in SECRETS if secret in kept] == []


def test_each_handoff_gets_one_line_that_says_how_it_stood(old: Store) -> None:
    rows = list(handoffs(made_up()))
    until = TEN + timedelta(days=60)
    nurture = {"kind": "nurture", "due_at": until}
    rows.append(blank("disqualified", reason="not_now", closed_at=TEN, nurture_until=until, messages=(nurture,)))
    rows.append(blank("qualified", owner=DANA, value_cents=500_00, currency="EUR", expected_close=TEN.date()))
    write(old, [dict(row) for row in rows])
    enter(old, LINES[:3])
    before = datetime.now(UTC)
    schema.migrate(old)
    lines, promised_now = lines_of(old), promises(old)
    with old.read() as session:
        now = {one.id: one for one in session.scalars(sa.select(Handoff))}
    assert len(rows) == len(now) == len(lines)
    for number, handoff in now.items():
        stood = lines[number][-1]
        assert (stood.move, stood.version) == (Move.STOOD, handoff.version)
        assert stood.version == (4 if number == 1 else 2), "it has a version of its own"
        assert before <= stood.at <= datetime.now(UTC)
        assert replay(number, lines[number]) == Replayed(
            state=State(handoff.state),
            owner=PersonId(handoff.owner) if handoff.owner else None,
            reason=handoff.reason,
            value_cents=handoff.value_cents,
            currency=handoff.currency,
            expected_close=handoff.expected_close,
            attempts=handoff.attempts,
            promises=tuple(promised(one) for one in promised_now.get(number, []) if one.is_live),
        )


def test_the_line_that_says_how_a_handoff_stood_is_no_part_of_its_history(old: Store) -> None:
    write(old, [accepted()])
    enter(old, LINES)
    schema.migrate(old)
    told = [line["move"] for line in LINES]
    agreements = Agreements(old, kind_of=member_kind)
    assert [one.move for one in Queries(old, agreements).story(1, by=PROGRAM).history] == told
    with old.read() as session:
        inspection = Inspection(session)
        assert [one.move for one in inspection.ledger(HERE, 1)] == told
        assert set(inspection.moves(HERE, since=TEN)) == set(told)

"""The promises of a database of Baton 0.1: after the migration the same people hear of the same leads at the same
moments, and the digest counts the same promises."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from bot.slack.ids import member_kind
from models.due.audit import Audit
from models.due.findings import FindingKind
from models.errors import CantUndo, PersonId
from models.handoffs.desk import Desk
from models.rules import nudging
from models.rules.callers import Caller, PersonKind
from models.rules.ladders import REPLIES, What
from models.rules.requests import UndoRequest
from models.rules.rows import PromiseRow
from models.rules.terms import Terms
from models.rules.worktime import Calendar, add, in_utc, is_open, next_opening
from models.storage import schema
from models.storage.store import Store
from models.storage.tables import Promise
from models.workspace.agreements import Agreements
from tests.migration.test_migrations import migrate_to
from tests.monday import TEN
from tests.unit.office import DANA, MAX, MIA, agreement, hours, promise_row

HERE, BEFORE = "T1", "0015"
# The hours that the agreement of the old database says.
ACCEPT, CONTACT, OUTCOME, ANSWER = 3, 8, 80, 8
OWED_HOURS = {"offered": ACCEPT, "accepted": CONTACT, "working": OUTCOME}
STAGES = ("nothing said", "half said", "late said", "managers told", "said on two mornings")
Old = dict[str, Any]
# Who hears, and why, at a moment.
Said = tuple[datetime, Mapping[str, str]]


# What Baton 0.1 said of a handoff: its rules, as they were.


@dataclass(frozen=True, kw_only=True)
class Promised:
    owner: str
    above: tuple[str, ...] = ()
    half_at: datetime | None = None
    due_at: datetime
    above_at: datetime | None = None


def said_by_columns(handoff: Old) -> Promised | None:
    if handoff["next_nudge_at"] is None:
        return None
    if handoff["state"] == "rejected" and handoff["answered_at"] is None and handoff["answer_due_at"]:
        return Promised(owner=handoff["flagged_by"], due_at=handoff["answer_due_at"])
    if handoff["owner"] is None or handoff["due_at"] is None:
        return None
    return Promised(
        owner=handoff["owner"],
        above=(MAX,),
        half_at=handoff["remind_at"],
        due_at=handoff["due_at"],
        above_at=handoff["escalate_at"],
    )


def heard_by(
    promised: Promised, since: datetime, calendar: Callable[[str], Calendar], at: datetime
) -> Mapping[str, str]:
    steps: dict[str, tuple[datetime | None, datetime | None, str]]
    steps = {promised.owner: (promised.half_at, promised.due_at, "due")}
    steps |= {one: (None, promised.above_at, "above") for one in promised.above if one != promised.owner}
    heard = {}
    for person, (half_at, full_at, full) in steps.items():
        if full_at is not None and full_at <= at:
            opening = next_opening(calendar(person), since - timedelta(microseconds=1))
            if full_at >= since:
                heard[person] = full
            elif is_open(calendar(person), at) and opening <= at:
                heard[person] = "still"
        elif half_at is not None and since <= half_at <= at:
            heard[person] = "before"
    return heard


def next_said(promised: Promised, calendar: Callable[[str], Calendar], at: datetime) -> datetime:
    steps = [promised.half_at, promised.due_at, promised.above_at if promised.above else None]
    to_come = [step for step in steps if step is not None and step > at]
    late = [promised.owner] if promised.due_at <= at else []
    late += promised.above if promised.above_at is not None and promised.above_at <= at else []
    return min(to_come + [next_opening(calendar(person), at) for person in late])


def sayings_before(handoff: Old, terms: Terms) -> list[Said]:
    promised, at = said_by_columns(handoff), handoff["next_nudge_at"]
    said: list[Said] = []
    while promised is not None and len(said) < 8:
        calendar = partial(terms.calendar, at=at)
        said.append((at, heard_by(promised, at, calendar, at)))
        at = next_said(promised, calendar, at)
    return said


def sayings_after(promise: PromiseRow, terms: Terms) -> list[Said]:
    hear = nudging.hearers(promise, terms, flagged_by=MIA)
    said: list[Said] = []
    while (at := promise.next_step_at) is not None and len(said) < 8:
        calendar = partial(terms.calendar, at=at)
        heard = nudging.heard_by(promise, hear, calendar, at=at)
        said.append((at, {str(person): why.value for person, why in heard.items()}))
        promise = nudging.after_saying(promise, hear, calendar, at=at)
    return said


# A database of Baton 0.1, with handoffs in every state.


def blank(state: str, **columns: Any) -> Old:
    names = ["step_at", "remind_at", "due_at", "escalate_at", "next_nudge_at", "accept_due_at", "responded_at"]
    names += ["accepted_at", "contact_due_at", "contacted_at", "answered_at", "answer_due_at", "closed_at"]
    names += ["owner", "response", "accept_seconds", "accepted_by", "contact_seconds", "reason", "rejected_by"]
    known = {
        "state": state,
        "flagged_by": MIA,
        "flagged_at": TEN,
        "offered_to": DANA,
        "accept_due_at": TEN + hours(ACCEPT),
    }
    flags = {"contested": False, "ruled": False, "voided": False, "expected_close": None}
    return dict.fromkeys(names) | flags | known | columns


def handoffs(terms: Terms) -> Iterator[Old]:
    """Yields handoffs in every state, and with everything said of them that can have been said."""
    calendar = terms.calendar(DANA, at=TEN)
    accepted = {
        "responded_at": TEN + hours(1),
        "response": "accept",
        "accept_seconds": 3600,
        "accepted_by": DANA,
        "accepted_at": TEN + hours(1),
        "contact_due_at": add(calendar, TEN + hours(1), hours(CONTACT)),
    }
    contacted = {"contacted_at": TEN + hours(30), "contact_seconds": 7 * 3600}
    earlier: dict[str, list[Old]] = {
        "offered": [{}, accepted | {"accepted_by": None, "accepted_at": None, "contact_due_at": None}],
        "accepted": [accepted],
        "working": [accepted | contacted],
        "qualified": [accepted | contacted],
    }
    for state, pasts in earlier.items():
        for past in pasts:
            for stage in range(len(STAGES)):
                for handed_on in (False, True):
                    yield said_so_far(open_handoff(state, past, calendar, handed_on=handed_on), terms, stage)
    closed = {"closed_at": TEN + hours(40)}
    rejection = {"responded_at": TEN + hours(2), "response": "reject", "accept_seconds": 7200, "rejected_by": DANA}
    rejection |= {"closed_at": TEN + hours(2), "answer_due_at": add(calendar, TEN + hours(2), hours(ANSWER))}
    for reason in ("bad_data", "too_small"):
        unanswered = blank("rejected", reason=reason, **rejection, next_nudge_at=rejection["answer_due_at"])
        for stage in range(3):
            yield said_so_far(unanswered, terms, stage)
        for late in (hours(1), hours(50)):
            answered = {"answered_at": TEN + hours(2) + late, "reason": reason}
            yield blank("rejected", **rejection, **answered)
            for ruled in (False, True):
                yield blank("rejected", contested=True, ruled=ruled, **rejection, **answered)
    rerouted = {"answered_at": TEN + hours(2), "answer_due_at": None, "reason": "wrong_region"}
    yield blank("rejected", **(rejection | rerouted))
    yield blank("rejected", reason="too_small", **(rejection | {"answer_due_at": None}))
    for state in ("disqualified", "won", "lost"):
        yield blank(state, **accepted, **contacted, **closed)
    yield blank("withdrawn", **closed)
    yield blank("withdrawn", **accepted | {"contact_due_at": None}, **closed)
    yield blank("withdrawn", voided=True, **closed)


def open_handoff(state: str, past: Old, calendar: Calendar, *, handed_on: bool) -> Old:
    at = TEN + hours(50 if handed_on else 31)
    if state == "qualified" and not handed_on:
        due_at = in_utc(date(2026, 11, 20), time(17), calendar.zone)
        steps = {"remind_at": None, "due_at": due_at, "escalate_at": add(calendar, due_at, hours(8))}
    else:
        length = OWED_HOURS.get(state, 8)
        whole = {"remind_at": 0.5, "due_at": 1, "escalate_at": 1.5}
        steps = {name: add(calendar, at, hours(length * share)) for name, share in whole.items()}
    first = {} if handed_on or past else {"accept_due_at": steps["due_at"]}
    if state == "accepted" and not handed_on:
        first = {"contact_due_at": steps["due_at"]}
    comes_up = steps["remind_at"] or steps["due_at"]
    return blank(state, owner=DANA, step_at=at, next_nudge_at=comes_up, **(past | steps | first))


def said_so_far(handoff: Old, terms: Terms, stage: int) -> Old:
    """Returns the handoff after Baton has spoken of it this many times."""
    said = sayings_before(handoff, terms)
    return handoff | {"next_nudge_at": said[stage][0]}


LEAD = dict.fromkeys(("name", "company", "title", "phone", "website"), "") | {"archived": False, "created_at": TEN}
HANDOFF = dict.fromkeys(("source", "campaign", "why_now", "reason_note", "currency"), "") | {
    "agreement_version": 1,
    "version": 1,
    "attempts": 0,
    "moved": "flag",
    "moved_by": MIA,
    "moved_at": TEN,
}
MESSAGE = {
    "token": "t",
    "state": "pending",
    "wanted": 1,
    "shown": 0,
    "uncertain": False,
    "attempts": 0,
    "last_error": "",
    "fingerprint": "",
    "created_at": TEN,
    "lane": MIA,
}


def write(store: Store, rows: list[Old]) -> None:
    """Writes these handoffs, each with a lead of its own, numbered from 1."""
    kept = sa.MetaData()
    with store.write() as session:
        kept.reflect(
            session.connection(), only=["handoff", "lead", "workspace", "agreement_version", "outbox", "ledger"]
        )
        table = {one.name: one for one in kept.sorted_tables}

        def insert(name: str, columns: Old) -> None:
            session.execute(sa.insert(table[name]), {key: stored(value) for key, value in columns.items()})

        def stored(value: object) -> object:
            return value.replace(tzinfo=None) if isinstance(value, datetime) and store.is_sqlite else value

        insert("workspace", {"id": HERE, "agreement_version": 1, "people_stamp": ""})
        agreed = agreement(sla={"accept_hours": ACCEPT}).model_dump(mode="json")
        del agreed["promises"], agreed["sla"]["answer_hours"]  # as an older version wrote it
        here = {"workspace_id": HERE}
        insert("agreement_version", here | {"version": 1, "document": agreed, "applied_by": MAX, "applied_at": TEN})
        for number, row in enumerate(rows, 1):
            until, messages = row.pop("nurture_until", None), row.pop("messages", ())
            email = f"jane{number}@acme.example"
            insert("lead", here | LEAD | {"id": number, "email": email, "email_key": email, "nurture_until": until})
            insert("handoff", here | HANDOFF | {"id": number, "lead_id": number} | row)
            for message in messages:
                key = f"{message['kind']}:{number}:2"
                insert("outbox", here | MESSAGE | {"key": key, "handoff_id": number} | message)


def promises(store: Store) -> dict[int, list[PromiseRow]]:
    """Returns all promises, by the number of their handoff."""
    found: dict[int, list[PromiseRow]] = {}
    with store.read() as session:
        for one in map(promise_row, session.exec(select(Promise).order_by(sa.text("id")))):
            found.setdefault(one.handoff_id, []).append(one)
    return found


def terms_of(store: Store) -> Terms:
    with store.read() as session:
        return Agreements(store, kind_of=member_kind).terms(session, HERE)


def made_up() -> Terms:
    """Returns the terms that the old database has, before it exists."""
    agreed = agreement(sla={"accept_hours": ACCEPT})
    return Terms(workspace_id=HERE, version=1, agreement=agreed, applied_by=MAX, groups={}, people={})


def test_after_the_migration_the_same_people_hear_the_same_at_the_same_moments(empty: Store) -> None:
    rows = list(handoffs(made_up()))
    migrate_to(empty, BEFORE)
    write(empty, [dict(row) for row in rows])
    schema.migrate(empty)
    terms, found = terms_of(empty), promises(empty)
    assert {row["state"] for row in rows} == {
        *("offered", "accepted", "working", "qualified", "rejected", "disqualified", "withdrawn", "won", "lost")
    }
    for number, row in enumerate(rows, 1):
        live = [one for one in found.get(number, []) if one.is_live]
        said = [one for promise in live for one in sayings_after(promise, terms)]
        assert said == sayings_before(row, terms), row
        if row["state"] in ("offered", "accepted", "working", "qualified"):
            (promise,) = live
            assert (promise.owner, promise.since, promise.due_at) == (row["owner"], row["step_at"], row["due_at"])
            spoken_of = row["next_nudge_at"] > row["due_at"]
            assert promise.broken_at == (row["due_at"] if spoken_of else None), "late is what Baton has spoken of"
    findings = Audit(empty, Agreements(empty, kind_of=member_kind)).findings(at=TEN)
    assert [one for one in findings if one.kind is FindingKind.FORGOTTEN] == []


def test_after_the_migration_the_digest_counts_the_same_promises_and_those_of_later_offers(empty: Store) -> None:
    rows = list(handoffs(made_up()))
    migrate_to(empty, BEFORE)
    write(empty, [dict(row) for row in rows])
    schema.migrate(empty)
    for number, row in enumerate(rows, 1):
        counted = [one for one in promises(empty).get(number, []) if one.state != "released" and one.first_due_at]
        kinds = ((What.ANSWER,), "accept_due_at", "responded_at", "accept_seconds")
        contact = ((What.CONTACT,), "contact_due_at", "contacted_at", "contact_seconds")
        reply = (REPLIES, "answer_due_at", "answered_at", None)
        for whats, due_at, done_at, seconds in (kinds, contact, reply):
            counts = row[due_at] is not None and not row["voided"]
            counts = counts and not (row[done_at] is None and row["state"] == "withdrawn")
            before = [(row[due_at], row[done_at], row[seconds] if seconds else None)] if counts else []
            after = [(one.first_due_at, one.kept_at, one.taken_seconds) for one in counted if one.what in whats]
            again = row["state"] == "offered" and row["response"] is not None
            assert after[: 1 if again else None] == before, (row, whats)


@pytest.mark.parametrize("reason", ["bad_data", "too_small"])
def test_what_kind_of_answer_is_owed_follows_from_the_reason(empty: Store, reason: str) -> None:
    rejected = blank(
        "rejected", reason=reason, answer_due_at=TEN + hours(8), next_nudge_at=TEN + hours(8), closed_at=TEN
    )
    migrate_to(empty, BEFORE)
    write(empty, [rejected])
    schema.migrate(empty)
    (promise,) = (one for one in promises(empty)[1] if one.is_live)
    assert promise.what is (What.FIX if reason == "bad_data" else What.REPLY)
    assert (promise.owner, promise.since, promise.promised_seconds) == (MIA, TEN, ANSWER * 3600)


def test_messages_that_waited_for_their_time_become_promises_and_others_stay(empty: Store) -> None:
    until, due_at = TEN + timedelta(days=60), TEN + timedelta(days=1)
    nurture = {"kind": "nurture", "due_at": until}
    unanswered = {"kind": "unanswered", "due_at": due_at}
    refused = {"reason": "not_now", "closed_at": TEN, "answer_due_at": due_at}
    answered = refused | {"answered_at": TEN}
    shown = {"ts": "1.0", "channel": "D1", "state": "done", "shown": 1}
    rows = [
        blank("rejected", **answered, nurture_until=until, messages=(nurture,)),
        blank("disqualified", **answered, nurture_until=until, messages=(nurture,)),
        # It was flagged again since, or goes into nurture for longer: the message would show nothing.
        blank("rejected", **answered, messages=(nurture,)),
        blank("rejected", **answered, nurture_until=until + hours(1), messages=(nurture,)),
        # Slack has it, or may have it.
        blank("rejected", **answered, nurture_until=until, messages=(nurture | shown,)),
        blank("rejected", **answered, nurture_until=until, messages=(nurture | {"uncertain": True},)),
        blank("rejected", **refused, messages=(unanswered,)),
        blank("rejected", **refused, messages=(unanswered | shown,)),
    ]
    migrate_to(empty, BEFORE)
    write(empty, rows)
    schema.migrate(empty)
    terms, found = terms_of(empty), promises(empty)
    said = {
        number: [(one.what, *saying) for one in promised if one.is_live for saying in sayings_after(one, terms)[:1]]
        for number, promised in found.items()
    }
    once = [(What.RECALL, until, {MIA: "due"})]
    assert said == {1: once, 2: once, 3: [], 4: [], 5: [], 6: [], 7: [(What.REPLY, due_at, {MIA: "due"})], 8: []}
    assert [one.what for one in found[8] if one.is_live] == [What.REPLY], "it is still owed, and was said"
    with empty.read() as session:
        left = session.execute(sa.text("SELECT handoff_id FROM outbox ORDER BY handoff_id")).scalars().all()
    assert left == [5, 6, 8]


def test_what_was_done_before_the_migration_can_not_be_taken_back(empty: Store) -> None:
    """The ledger line does not know the promises that were there before it."""
    migrate_to(empty, BEFORE)
    write(empty, [open_handoff("offered", {}, made_up().calendar(DANA, at=TEN), handed_on=False)])
    with empty.write() as session:
        session.execute(
            sa.text(
                "INSERT INTO ledger (workspace_id, handoff_id, at, actor, move, state, note, detail, before)"
                " VALUES ('T1', 1, :at, :actor, 'contact', 'working', '', '{}', :before)"
            ),
            {"at": "2026-11-16 10:00:00", "actor": DANA, "before": '{"handoff": {"attempts": 0}}'},
        )
    schema.migrate(empty)
    caller = Caller(workspace_id=HERE, person=PersonId(DANA), kind=PersonKind.MEMBER)
    with pytest.raises(CantUndo):
        Desk(empty, Agreements(empty, kind_of=member_kind)).undo(
            UndoRequest(receipt="r", line=1), by=caller, at=datetime(2026, 11, 16, 10, 1, tzinfo=UTC)
        )

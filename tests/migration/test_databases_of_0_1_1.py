"""Databases that Baton 0.1.1 itself made are migrated. Then the same is said as 0.1.1 said, to the same people at the
same moments, nothing is lost, and old cards and forms work. `of_0_1_1/record.py` says how they were made."""

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.app import Baton
from bot.sandbox import Message, Person, Sandbox, records
from bot.slack.ids import member_kind
from jobs.compose import Composer
from models.due.audit import Audit
from models.due.findings import FindingKind
from models.due.reminders import Reminders
from models.errors import SchemaTooOld
from models.handoffs.queries import Queries
from models.outbox.queue import OutboxQueue
from models.reports.digest import Digests
from models.reports.inspection import Inspection
from models.rules.ladders import REPLIES, SALES, What
from models.rules.lifecycle import OPEN_STATES, Move
from models.rules.messages import MessageKind
from models.rules.rows import LedgerRow
from models.storage import schema
from models.storage.store import Store
from models.storage.tables import Outbox
from models.workspace.agreements import Agreements
from tests.migration.test_ledger import lines_of
from tests.migration.test_promises import promises
from tests.scenario import world as worlds

FOLDER = Path(__file__).parent / "of_0_1_1"
# How long 0.1.1 was played, moment by moment: `DAYS` in record.py.
DAYS = timedelta(days=8)
# When, the kind of the message, to whom, about which handoffs, and the line that phones show.
Said = tuple[str, str, str, list[int], str]
Rows = list[dict[str, Any]]


class Old:
    """A database of 0.1.1, and what was recorded beside it."""

    def __init__(self, name: str, store: Store) -> None:
        self.store = store
        self._file = f"{name}-{'sqlite' if store.is_sqlite else 'postgres'}"
        script = gzip.decompress((FOLDER / f"{self._file}.sql.gz").read_bytes()).decode()
        if store.is_sqlite:
            with closing(sqlite3.connect(store.url.database or "")) as connection:
                connection.executescript(script)
        else:
            with psycopg.connect(store.url.set(drivername="postgresql").render_as_string(hide_password=False)) as made:
                made.execute(script.encode())
        recorded = json.loads((FOLDER / f"{self._file}.json").read_text("utf-8"))
        self.workspace: str = recorded["workspace"]
        self.at = datetime.fromisoformat(recorded["at"])
        self.said: list[Said] = [tuple(one) for one in recorded["said"]]

    def slack(self) -> dict[str, Any]:
        """Returns what Slack knew and showed."""
        known: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{self._file}.slack.json.gz").read_bytes()))
        return known

    @staticmethod
    def aware(moment: datetime | None) -> datetime | None:
        """Returns a moment as read without its type: SQLite has no zones."""
        return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment

    def rows(self, table: str) -> Rows:
        """Returns all rows of a table as they are now, in the order of their keys."""
        found = sa.MetaData()
        with self.store.read() as session:
            found.reflect(session.connection(), only=[table])
            kept = found.tables[table]
            chosen = sa.select(kept).order_by(*kept.primary_key.columns)
            return [dict(row) for row in session.execute(chosen).mappings()]


@pytest.fixture(params=["week", "midweek", "chaos"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def old(name: str, empty: Store) -> Old:
    return Old(name, empty)


@pytest.fixture
def midweek(empty: Store) -> Old:
    return Old("midweek", empty)


# What is said next.


class Jobs:
    """The jobs that speak, on a database that is migrated. What is due to be shown counts as shown at once, as it did
    when 0.1.1 was recorded."""

    def __init__(self, store: Store) -> None:
        agreements = Agreements(store, kind_of=member_kind)
        self.store = store
        self.reminders = Reminders(store, agreements)
        self.digests = Digests(store, agreements)
        queries, audit = Queries(store, agreements), Audit(store, agreements)
        self.composer = Composer(queries, self.digests, OutboxQueue(store), audit)

    def play(self, now: datetime) -> list[Said]:
        """Does what is due now. Returns the new messages."""
        while self.reminders.remind(at=now):
            pass
        self.digests.run_due(at=now)
        with self.store.read() as session:
            due = select(Outbox).where(sa.text("outbox.state = 'pending'"), col(Outbox.due_at) <= now)
            rows = session.exec(due.order_by(col(Outbox.lane), col(Outbox.kind), col(Outbox.key))).all()
        return [one for row in rows for one in self._shown(row, now)]

    def _shown(self, row: Outbox, now: datetime) -> Iterator[Said]:
        message = self.composer.compose(row, now=now).message if row.ts is None else None
        with self.store.write() as session:
            items = sa.text("SELECT handoff_id FROM nudge_item WHERE outbox_id = :id AND live ORDER BY handoff_id")
            about = list(session.execute(items, {"id": row.id}).scalars()) or [row.handoff_id] * bool(row.handoff_id)
            ts = row.ts or (f"{now.timestamp():.6f}" if message else None)
            settled = "UPDATE outbox SET state = 'done', shown = wanted, ts = :ts, channel = :channel WHERE id = :id"
            parts = {"id": row.id, "ts": ts, "channel": row.channel or (ts and row.lane)}
            session.execute(sa.text(settled), parts)
        if message:
            yield now.isoformat(), row.kind, row.lane, about, message.text

    def next_due(self, workspace: str, *, after: datetime) -> datetime | None:
        with self.store.read() as session:
            return Inspection(session).next_due(workspace, after=after)


def test_the_same_people_hear_the_same_at_the_same_moments(old: Old) -> None:
    schema.migrate(old.store)
    jobs, said = Jobs(old.store), []
    now: datetime | None = old.at
    while now is not None and now < old.at + DAYS:
        said += jobs.play(now)
        now = jobs.next_due(old.workspace, after=now)
    later = sorted({at for at, *_ in old.said if datetime.fromisoformat(at) >= old.at + DAYS})
    said += [one for at in later for one in jobs.play(datetime.fromisoformat(at)) if one[1] == MessageKind.NURTURE]
    assert [heard(one) for one in said] == [heard(one) for one in old.said]


def heard(said: Said) -> Said:
    """Leaves the words of a digest out: it counts promises to answer again, which 0.1.1 did not."""
    at, kind, to, about, words = said
    return at, kind, to, about, "" if kind == MessageKind.DIGEST else words


# What is kept.


def test_every_row_is_kept(old: Old) -> None:
    """Messages keep key, token, channel and ts, so they are edited and never posted anew. Those that waited for the end
    of nurture are promises now."""
    kept = ("receipt", "digest_run", "feedback", "comment", "person", "workspace", "agreement_version", "nudge_item")
    before = {name: old.rows(name) for name in (*kept, "outbox", "lead", "handoff")}
    schema.migrate(old.store)
    for name in kept:
        assert [common(now, was) for now, was in pairs(old.rows(name), before[name])] == before[name], name
    waiting = [row for row in before["outbox"] if row["kind"] == "nurture" and row["state"] == "pending"]
    assert old.rows("outbox") == [row for row in before["outbox"] if row not in waiting]
    assert [common(now, was) for now, was in pairs(old.rows("lead"), before["lead"])] == before["lead"]
    for now, was in pairs(old.rows("handoff"), before["handoff"]):
        assert now["number"] == now["id"] == was["id"]
        assert now["version"] > was["version"]
        assert {name: now[name] for name in now if name not in ("number", "version")} == {
            name: was[name] for name in now if name not in ("number", "version")
        }


def test_what_is_owed_is_due_at_the_same_moments(old: Old) -> None:
    before = old.rows("handoff")
    nurture = [row for row in old.rows("outbox") if row["kind"] == "nurture" and row["state"] == "pending"]
    schema.migrate(old.store)
    found, aware = promises(old.store), old.aware
    for row in before:
        live = {one.what: one for one in found.get(row["id"], []) if one.is_live}
        moves = [one for one in live.values() if one.what in SALES]
        replies = [one for one in live.values() if one.what in REPLIES]
        if row["state"] in OPEN_STATES:
            assert [(one.owner, one.due_at, one.since, one.next_step_at) for one in moves] == [
                (row["owner"], aware(row["due_at"]), aware(row["step_at"]), aware(row["next_nudge_at"]))
            ]
        else:
            assert moves == []
        owed = row["state"] == "rejected" and row["answered_at"] is None and not row["voided"]
        assert [(one.owner, one.due_at, one.next_step_at) for one in replies] == (
            [(row["flagged_by"], aware(row["answer_due_at"]), aware(row["next_nudge_at"]))] if owed else []
        )
        assert (What.RULING in live) == (row["state"] == "rejected" and row["contested"] and not row["ruled"])
    recalls = [one for promised in found.values() for one in promised if one.what is What.RECALL]
    assert sorted((one.handoff_id, one.owner, one.due_at) for one in recalls) == sorted(
        (row["handoff_id"], row["lane"], aware(row["due_at"])) for row in nurture
    )


def test_the_ledger_keeps_its_lines_and_their_words(old: Old) -> None:
    before = old.rows("ledger")
    schema.migrate(old.store)
    lines = lines_of(old.store)
    stood = [line for told in lines.values() for line in told if line.move is Move.STOOD]
    assert [line.handoff_id for line in stood] == [row["id"] for row in old.rows("handoff")]
    now = sorted((line for told in lines.values() for line in told if line.move is not Move.STOOD), key=by_id)
    assert len(now) == len(before)
    for line, row in zip(now, before, strict=True):
        names = ("id", "handoff_id", "actor", "move", "state", "owner", "reason", "note", "detail", "undoes")
        assert {name: getattr(line, name) for name in names} == {name: row[name] for name in names}
        assert line.at == old.aware(row["at"])
        said = row["before"] or {}
        assert (line.before.lead if line.before else {}) == (said.get("lead") or {})
        assert (line.before.handoff if line.before else {}) == (said.get("handoff") or {})
    for told in lines.values():
        assert [line.version for line in told[:-1]] == list(range(1, len(told)))


def test_nobody_forgets_a_lead_and_the_texts_fit_their_hashes(old: Old) -> None:
    schema.migrate(old.store)
    findings = Audit(old.store, Agreements(old.store, kind_of=member_kind)).findings(at=old.at)
    assert [one for one in findings if one.kind in (FindingKind.FORGOTTEN, FindingKind.OWNERS)] == []
    with old.store.read() as session:
        verified = Inspection(session).verified(old.workspace, newest=10_000)
    assert verified.texts > 0
    assert verified.changed == ()


def pairs(now: Rows, before: Rows) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(now, before, strict=True))


def common(now: dict[str, Any], was: dict[str, Any]) -> dict[str, Any]:
    """Returns of a row what it had before."""
    return {name: value for name, value in now.items() if name in was}


def by_id(line: LedgerRow) -> int:
    return line.id


# How the migration works.


def test_whoever_migrates_hears_of_each_step_and_of_none_when_all_is_done(midweek: Old) -> None:
    said: list[str] = []
    schema.migrate(midweek.store, progress=said.append)
    assert said[0] == "Promises get a table of their own."
    assert said[-1] == "Indexes are made."
    assert len(said) == len(set(said))
    again: list[str] = []
    schema.migrate(midweek.store, progress=again.append)
    assert again == []


def test_a_row_that_refers_to_nothing_stops_the_migration_and_nothing_is_changed(midweek: Old) -> None:
    broken = sa.text("UPDATE feedback SET handoff_id = 999")
    if not midweek.store.is_sqlite:
        with pytest.raises(sa.exc.IntegrityError), midweek.store.write() as session:
            session.execute(broken)  # Postgres looks while it migrates, too
        return
    with midweek.store.migrating() as connection:
        connection.execute(broken)
    with pytest.raises(RuntimeError, match="a row of feedback refers to none of handoff"):
        schema.migrate(midweek.store)
    with pytest.raises(SchemaTooOld, match="at 0014"):
        schema.check(midweek.store)


# Slack after the upgrade: what it shows is what 0.1.1 has shown.


class After:
    """The Slack of the recorded week, and a bot of today behind it."""

    def __init__(self, old: Old, slack: Sandbox, known: dict[str, Any]) -> None:
        self.slack = slack
        self.numbers: dict[str, int] = known["numbers"]
        workspace = slack.workspace
        with workspace.change():
            for name, value in known["app"].items():
                setattr(workspace, name, value)
            workspace.users = {
                one["id"]: records.User(**{**one, "views": [records.View(**view) for view in one["views"]]})
                for one in known["users"]
            }
            workspace.bot_user = workspace.users[known["bot"]]
            workspace.views = {view.id: view for user in workspace.users.values() for view in user.views}
            workspace.channels = {one["id"]: channel_of(one) for one in known["channels"]}
            courier = slack._courier  # noqa: SLF001 - the sandbox makes people, and these were recorded
            people = (Person(workspace, courier, user) for user in workspace.users.values())
            slack._people = {person.name: person for person in people}  # noqa: SLF001 - as above
        slack.clock.set(old.at + timedelta(minutes=15))
        url = old.store.url.render_as_string(hide_password=False)
        self.baton = Baton(worlds.settings(slack, url, "http"), clock_inside=False, clock=slack.clock)
        self.baton.prepare()
        self.leads = slack.channel("leads")
        self.before = self.posted()

    def person(self, name: str) -> Person:
        return self.slack.known_person(name)

    def posted(self) -> set[str]:
        """Returns the ts of every message of the bot in the leads channel."""
        return {one.ts for one in self.slack.messages(self.leads) if one.bot_id}

    def card(self, what: str) -> Message:
        number = self.numbers[what]
        (found,) = (one for one in self.slack.messages(self.leads) if one.bot_id and one.text.startswith(f"#{number} "))
        return found

    def tick(self) -> None:
        self.slack.settle()
        self.baton.tick()


def channel_of(known: dict[str, Any]) -> records.Channel:
    messages = [records.Message(**one) for one in known["messages"]]
    channel = records.Channel(**{**known, "messages": messages})
    channel.by_ts = {one.ts: one for one in messages}
    for one in messages:
        if one.thread_ts is not None and one.thread_ts != one.ts:
            channel.replies.setdefault(one.thread_ts, []).append(one)
    return channel


@pytest.fixture
def after(midweek: Old) -> Iterator[After]:
    schema.migrate(midweek.store)
    with Sandbox(rate_limits=False) as slack:
        made = After(midweek, slack, midweek.slack())
        with worlds.served(slack, made.baton, "http"):
            yield made
        made.baton.stop()


def test_buttons_of_old_cards_work_and_the_cards_are_edited(after: After) -> None:
    dana, mia, olga = (after.person(name) for name in ("dana", "mia", "olga"))
    old = {what: after.card(what) for what in ("offered, late", "accepted, late", "edited", "contested")}
    dana.click(old["offered, late"], "Accept")
    dana.click(old["accepted, late"], "Log contact")
    mia.click(old["edited"], "Withdraw")
    number = after.numbers["contested"]
    (asked,) = (one for one in olga.direct_messages() if "Uphold" in one.buttons and f"#{number} " in one.plain())
    olga.click(asked, "Uphold")
    after.tick()
    now = {what: after.card(what) for what in old}
    assert {what: card.ts for what, card in now.items()} == {what: card.ts for what, card in old.items()}
    assert f"{dana.mention} has it" in now["offered, late"].plain()
    assert f"{dana.mention} is working it" in now["accepted, late"].plain()
    assert "Withdrawn" in now["edited"].plain()
    assert "upheld" in now["contested"].plain()


def test_messages_that_waited_are_posted_once_and_no_card_twice(after: After) -> None:
    after.tick()
    new = after.posted() - after.before
    assert new == {after.card("not shown yet").ts}
    after.slack.clock.advance(timedelta(minutes=30))
    after.tick()
    assert after.posted() - after.before == new


def test_forms_that_were_open_are_answered(after: After) -> None:
    dana, raj, mia = (after.person(name) for name in ("dana", "raj", "mia"))
    forms = {
        "Qualify…": dana.submit(value="12,000", expected_close="2026-12-18"),
        "Reject…": raj.submit(reason="too_small", note="five people"),
        "Fix…": mia.submit(phone="+49 30 654321"),
    }
    after.tick()
    assert [name for name, answer in forms.items() if not answer.ok] == []
    shown = {name: who.view for name, who in (("Qualify…", dana), ("Reject…", raj), ("Fix…", mia))}
    assert "Qualified by" in after.card("working").plain(), shown
    assert "Rejected by" in after.card("overturned").plain(), shown

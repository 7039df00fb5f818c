"""The bot as processes: killed, raced, ended, and asked how it is."""

import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.front.workers import THREADS, TOO_BUSY, TOO_LATE
from bot.sandbox import Answer, Fault, Message
from models.storage.store import Store
from tests import databases
from tests.scenario.processes import Installation, Process, free_port, wait_until
from tests.scenario.world import JANE, Team

Installed = tuple[Team, Installation]
ROOT = Path(__file__).parents[2]


def dms(team: Team) -> list[Message]:
    return [one for one in team.dana.direct_messages() if one.user == team.slack.bot_user_id]


def both_arrive(team: Team) -> None:
    """Waits until the card and the message to Dana are there."""
    team.slack.wait_for(lambda: team.cards() and dms(team), timeout=30)


@pytest.mark.parametrize("kind", ["postgres-http"])
def test_killed_right_after_a_lead_was_flagged_its_card_and_message_appear_exactly_once(installed: Installed) -> None:
    team, installation = installed
    with installation.serving("--no-clock") as server:
        said = team.mia.command("/mql", f"{JANE} {team.dana.mention}", channel=team.leads)
        server.kill()
    assert "Flagged as #1" in said.text
    assert team.cards() == []
    with installation.serving() as server:
        both_arrive(team)
        assert team.dana.click(team.card(1), "Accept").ok
        team.slack.wait_for(lambda: "has it" in team.card(1).plain())
        assert server.terminate()[0] == 0
    with installation.serving():
        team.mia.command("/mql", f"Bob Ray, Globex, bob@globex.com {team.dana.mention}", channel=team.leads)
        team.slack.wait_for(lambda: len(team.cards()) == 2 and len(dms(team)) == 2, timeout=30)
    assert [one.text.split()[0] for one in team.cards()] == ["#1", "#2"]


def test_killed_between_posting_and_writing_it_down_the_message_is_adopted_not_doubled(installed: Installed) -> None:
    team, installation = installed
    team.slack.faults.add("chat.postMessage", Fault.slow(30), channel=team.leads)
    with installation.serving() as server:
        team.mia.command("/mql", f"{JANE} {team.dana.mention}", channel=team.leads)
        both_arrive(team)
        server.kill()
    team.slack.clock.advance(timedelta(minutes=2))
    with installation.serving() as server:
        wait_until(lambda: "baton_messages_adopted_total 0.0" not in server.get("/metrics")[1])
        assert team.dana.click(team.card(1), "Accept").ok
        team.slack.wait_for(lambda: "has it" in team.card(1).plain())
    assert len(team.cards()) == 1
    assert len(dms(team)) == 1


def test_of_two_reps_who_accept_at_once_in_two_processes_one_wins_and_the_other_is_told_who(
    installed: Installed,
) -> None:
    team, installation = installed
    leads = 12
    with installation.serving("--no-clock") as one, installation.serving("--no-clock") as two:
        team.slack.deliver_to(*(f"{process.url}/slack/events" for process in (one, two)))
        for n in range(leads):
            said = team.mia.command("/mql", f"Lead {n}, Company {n}, lead{n}@company{n}.com", channel=team.leads)
            assert "Flagged as" in said.text
        for number in range(1, leads + 1):
            together = threading.Barrier(2)

            def accept(name: str, number: int = number, together: threading.Barrier = together) -> str:
                together.wait()
                return team.slack.known_person(name).command("/accept", str(number), channel=team.leads).text

            with ThreadPoolExecutor(2) as pool:
                said_to = dict(zip(("dana", "raj"), pool.map(accept, ("dana", "raj")), strict=True))
            winners = [name for name, words in said_to.items() if "is yours" in words]
            assert len(winners) == 1, said_to
            [loser] = said_to.keys() - set(winners)
            assert f"{team.slack.known_person(winners[0]).mention} accepted it just now" in said_to[loser]
        with installation.ticking():
            team.slack.wait_for(lambda: len(team.cards()) == leads, timeout=30)


def test_two_clocks_post_every_message_and_the_digest_once(installed: Installed) -> None:
    team, installation = installed
    with installation.serving("--no-clock"), installation.ticking(), installation.ticking() as clock:
        for n in range(6):
            team.mia.command("/mql", f"Lead {n}, Company {n}, lead{n}@company{n}.com", channel=team.leads)
        team.slack.wait_for(lambda: len(team.cards()) == 6, timeout=30)
        team.slack.clock.advance(timedelta(days=7))
        digests = team.slack.wait_for(lambda: team.slack.messages(team.digests), timeout=30)
        assert clock.terminate()[0] == 0
        with installation.ticking():
            team.mia.command("/mql", f"Last One, Globex, last@globex.com {team.dana.mention}", channel=team.leads)
            team.slack.wait_for(lambda: len(team.cards()) == 7, timeout=30)
    assert len([one for one in team.slack.messages(team.digests) if not one.is_reply]) == 1
    assert digests
    assert len({one.text.split()[0] for one in team.cards()}) == 7


@pytest.mark.parametrize("kind", ["postgres-http"])
def test_six_leads_flagged_at_once_are_posted_at_slacks_pace(installed: Installed) -> None:
    team, installation = installed
    team.slack.rate_limits = True
    with installation.serving(BATON_POST_INTERVAL_SECONDS="1"), ThreadPoolExecutor(6) as pool:

        def flag(n: int) -> str:
            lead = f"Lead {n}, Company {n}, lead{n}@company{n}.com {team.dana.mention}"
            return team.mia.command("/mql", lead, channel=team.leads).text

        assert all("Flagged as #" in said for said in pool.map(flag, range(6)))
        team.slack.wait_for(lambda: len(team.cards()) == 6 and len(dms(team)) == 6, timeout=60)
    assert {call.status for call in team.slack.log.calls("chat.postMessage")} == {200}


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_asked_to_end_while_slack_is_slow_with_everything_it_ends_within_ten_seconds(installed: Installed) -> None:
    team, installation = installed
    for n in range(20):
        team.slack.person(f"rep{n}").join(team.leads)
    with installation.serving() as server:
        team.slack.faults.add(None, Fault.slow(1.5), times=None)
        team.mia.command("/mql", JANE, channel=team.leads)
        team.slack.clock.advance(timedelta(hours=7))  # then Baton looks up every profile again
        team.slack.wait_for(lambda: team.slack.log.calls("users.info"), timeout=30)
        code, seconds = server.terminate()
    assert code == 0
    assert seconds < 10


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_readiness_is_red_until_the_agreement_of_the_file_is_in_force(installed: Installed) -> None:
    team, installation = installed
    team.slack.faults.add("auth.test", Fault.drop_before(), times=None)
    server = installation.start("serve", "--no-clock", PORT=str(free_port()))
    try:
        wait_until(lambda: server.answers("/healthz"))
        status, body = server.get("/readyz")
        assert status == 503
        assert "is not in force yet" in body
        team.slack.faults.clear()
        server.ready()
    finally:
        server.kill()


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_a_dead_clock_shows_in_the_metrics_of_the_others_and_the_doctor_names_it(installed: Installed) -> None:
    team, installation = installed
    with installation.serving("--no-clock") as server:
        assert _heartbeat(server) == 0
        with installation.ticking():
            wait_until(lambda: _heartbeat(server) > 0)
        team.slack.clock.advance(timedelta(minutes=3))
        assert team.slack.clock.now().timestamp() - _heartbeat(server) > 120
    examined = installation.run("doctor")
    assert examined.returncode == 1
    assert "nothing is delivered: run `baton serve`, or `baton clock`" in examined.stdout


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_the_clock_of_the_procfile_shows_what_it_counts_at_the_port_that_it_is_given(installed: Installed) -> None:
    _team, installation = installed
    [line] = re.findall(r"^clock: baton (.*)$", (ROOT / "Procfile").read_text("utf-8"), re.MULTILINE)
    port = str(free_port())
    assert _in_a_shell(line, PORT=port) == ["clock", "--port", port]
    assert _in_a_shell(line) == ["clock", "--port", "0"], "it listens nowhere"
    clock = installation.start(*_in_a_shell(line, PORT=port), PORT=port)
    try:
        clock.ready()
        assert '\nbaton_job_failures_total{job="nudge"} 0.0\n' in clock.get("/metrics")[1]
    finally:
        clock.kill()


@pytest.mark.parametrize("kind", ["sqlite-http"])
@pytest.mark.parametrize("socket_mode", [False, True])
def test_a_clock_takes_nothing_from_slack_whoever_signed_it(installed: Installed, socket_mode: bool) -> None:
    team, installation = installed
    port = str(free_port())
    over_a_socket = {"SLACK_APP_TOKEN": team.slack.app_token, "SLACK_SIGNING_SECRET": ""} if socket_mode else {}
    clock = installation.start("clock", "--port", port, PORT=port, **over_a_socket)
    try:
        clock.ready()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{clock.url}/slack/events", data=b"command=/baton")  # noqa: S310 - our own loopback
        with refused.value as answer:
            assert answer.code == 404, "there is no such door, not one with an empty key"
    finally:
        clock.kill()


def _in_a_shell(line: str, **environment: str) -> list[str]:
    """Returns the words of a command line as the runner of a Procfile passes them."""
    said = subprocess.run(["sh", "-c", f'printf "%s\n" {line}'], env=environment, capture_output=True, check=True)
    return said.stdout.decode().split()


def _heartbeat(server: Process) -> float:
    told = server.get("/metrics")[1]
    return float(told.split("\nbaton_clock_heartbeat_timestamp_seconds ")[1].split("\n")[0])


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-socket"])
def test_serve_and_clock_end_soon_and_cleanly_when_asked_to(installed: Installed, kind: str) -> None:
    team, installation = installed
    more = {"SLACK_APP_TOKEN": team.slack.app_token} if kind.endswith("socket") else {}
    with installation.serving(**more) as server, installation.ticking() as clock:
        team.mia.command("/mql", f"{JANE} {team.dana.mention}", channel=team.leads)
        both_arrive(team)
        team.slack.faults.add("chat.update", Fault.slow(2))
        team.dana.click(team.card(1), "Accept")
        for process in (server, clock):
            code, seconds = process.terminate()
            assert code == 0, process.log
            assert seconds < 10
            assert "Traceback" not in process.log
    with installation.serving(**more):
        team.slack.wait_for(lambda: "has it" in team.card(1).plain(), timeout=30)
    assert len(team.cards()) == 1


@pytest.mark.parametrize("kind", ["postgres-http", "postgres-socket"])
def test_asked_to_end_it_still_answers_what_it_is_at(installed: Installed, kind: str) -> None:
    team, installation = installed
    more = {"SLACK_APP_TOKEN": team.slack.app_token} if kind.endswith("socket") else {}
    with installation.serving("--no-clock", **more) as server, ThreadPoolExecutor(3) as pool:
        with _no_handoffs(installation) as database:
            said = pool.submit(team.mia.command, "/mql", JANE, channel=team.leads)
            waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'handoff'::regclass"
            wait_until(lambda: database.execute(waiting).fetchall())
            ended = pool.submit(server.terminate)
            wait_until(lambda: not _listens(server))
            pool.submit(team.dana.command, "/baton", "help", channel=team.leads)  # it may or may not be answered
            database.execute("SELECT pg_sleep(0.7)")  # makes the database slow
        assert "Flagged as #1" in said.result().text
        code, seconds = ended.result()
        assert code == 0
        assert seconds < 10
        assert "Traceback" not in server.log


@pytest.mark.parametrize("kind", ["postgres-http", "postgres-socket"])
def test_while_the_database_hangs_so_many_requests_hang_with_it_and_the_others_hear_that_they_were_not_begun(
    installed: Installed, kind: str
) -> None:
    team, installation = installed
    more = {"SLACK_APP_TOKEN": team.slack.app_token} if kind.endswith("socket") else {}
    patient = installation.environment["DATABASE_URL"] + "&options=-c%20lock_timeout%3D0"

    def flag(n: int) -> Answer:
        return team.mia.command("/mql", f"Lead {n}, Company {n}, lead{n}@company{n}.com", channel=team.leads)

    with (
        installation.serving("--no-clock", DATABASE_URL=patient, **more) as server,
        ThreadPoolExecutor(THREADS + 4) as pool,
    ):
        with _no_handoffs(installation) as database:
            answers = [*pool.map(flag, range(THREADS + 4)), *pool.map(flag, range(100, 104))]
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            assert database.execute(waiting).fetchall() == [(THREADS,)]
        heard = [one.text for one in answers if one.error != "operation_timeout"]  # a busy machine may answer too late
        assert set(heard) == {TOO_LATE, TOO_BUSY}
        assert heard.count(TOO_LATE) <= THREADS
        wait_until(lambda: "Flagged as" in flag(100).text)
        assert server.terminate()[0] == 0


@contextmanager
def _no_handoffs(installation: Installation) -> Iterator[psycopg.Connection]:
    """For the block, Postgres writes no handoffs. Yields the connection that prevents it."""
    with psycopg.connect(installation.environment["DATABASE_URL"]) as holder:
        holder.execute("LOCK TABLE handoff IN EXCLUSIVE MODE")
        yield holder


def _listens(server: Process) -> bool:
    try:
        return server.get("/healthz")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_logs_hold_no_tokens_and_nothing_of_leads(installed: Installed) -> None:
    team, installation = installed
    secrets = ("Jane", "Doe", "acme.com", "pricing", "voicemail", "no such number")
    with installation.serving(LOG_LEVEL="DEBUG") as server:
        team.slack.faults.add("chat.postMessage", Fault.refused("invalid_blocks"))
        team.slack.faults.add("chat.postMessage", Fault.server_error())
        team.mia.command("/mql", f"{JANE} {team.dana.mention}", channel=team.leads)
        team.mia.command("/mql", f"Jane Doe, Acme, jane2@acme.com {team.dana.mention}", channel=team.leads)
        team.slack.wait_for(lambda: len(team.cards()) >= 1, timeout=30)
        team.dana.say(team.leads, "left a voicemail", thread=team.cards()[0])
        team.dana.command("/reject", "1 bad_data no such number", channel=team.leads)
        team.slack.faults.add("views.open", Fault.refused("fatal_error"))
        team.mia.command("/mql", "Jane Doe", channel=team.leads)
        assert server.terminate()[0] == 0
        log = server.log
    assert "message not sent" in log or "message can't be sent" in log
    for secret in (team.slack.bot_token, team.slack.signing_secret, *secrets):
        assert secret not in log, next(line for line in log.splitlines() if secret in line)
    for line in log.splitlines():
        assert json.loads(line)["level"]


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_readiness_is_red_with_a_reason_when_the_schema_is_missing_or_too_new(installed: Installed) -> None:
    _team, installation = installed
    with installation.serving("--no-clock") as server:
        assert server.get_json("/healthz") == {"alive": True}
        assert server.get_json("/readyz") == {"ready": True, "why": None}
        assert "baton_outbox" in server.get("/metrics")[1]
        _revision(installation, "UPDATE alembic_version SET version_num = '9999'")
        status, body = server.get("/readyz")
        assert status == 503
        assert "written by a newer Baton (revision 9999)" in body
        _revision(installation, "DELETE FROM alembic_version")
        status, body = server.get("/readyz")
        assert status == 503
        assert "needs a migration" in body
        assert server.get("/healthz")[0] == 200


@pytest.mark.parametrize("kind", ["postgres-http"])
def test_a_newer_database_is_not_touched(installed: Installed) -> None:
    _team, installation = installed
    _revision(installation, "UPDATE alembic_version SET version_num = '9999'")
    for command in (("serve",), ("migrate",)):
        ended = installation.run(*command, PORT="0")
        assert ended.returncode == 1
        assert "written by a newer Baton" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_an_empty_database_is_made_ready_at_the_first_start(tmp_path: Path, installed: Installed, kind: str) -> None:
    _team, installation = installed
    url = (
        databases.sqlite(tmp_path, migrated=False) if kind.startswith("sqlite") else databases.postgres(migrated=False)
    )
    with installation.serving("--no-clock", DATABASE_URL=url) as server:
        assert server.get_json("/readyz")["ready"] is True
    databases.drop(url)


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_without_settings_it_says_which_ones_are_missing(installed: Installed) -> None:
    _team, installation = installed
    ended = installation.run("serve", SLACK_BOT_TOKEN="", SLACK_SIGNING_SECRET="")
    assert ended.returncode == 1
    assert "SLACK_BOT_TOKEN is missing" in ended.stderr
    assert "SLACK_SIGNING_SECRET for HTTP" in ended.stderr
    ended = installation.run("serve", DATABASE_URL="mysql://x", PORT="99999")
    assert ended.returncode == 1
    assert "DATABASE_URL mysql is not supported" in ended.stderr
    assert "PORT" in ended.stderr


def _revision(installation: Installation, statement: str) -> None:
    """Runs a statement that changes the revision in the database."""
    store = Store(installation.environment["DATABASE_URL"], steady=time.monotonic)
    with store.write() as session:
        session.connection().exec_driver_sql(statement)
    store.close()

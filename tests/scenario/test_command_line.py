"""The command line as an operator uses it: its words and its exit codes."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox import Fault
from models.rules.toml import explained, parse
from tests.scenario.processes import Installation
from tests.scenario.test_digest import NEXT_MONDAY, play_a_week
from tests.scenario.world import Team, World

ONE_KIND = pytest.mark.parametrize("kind", ["sqlite-http"])


def beside(world: World, folder: Path) -> Installation:
    """Returns an installation on the database of a running bot, with the same clock."""
    (folder / "clock").write_text(str(world.slack.clock.offset), "ascii")
    return Installation(world.slack, world.baton.settings.database_url, folder)


@ONE_KIND
def test_an_agreement_is_checked_applied_and_shown(installed: tuple[Team, Installation], tmp_path: Path) -> None:
    team, installation = installed
    file = tmp_path / "agreement.toml"
    checked = installation.run("agreement", "check", str(file))
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "is a valid agreement." in checked.stdout

    wrong = tmp_path / "wrong.toml"
    wrong.write_text('handoff_channel = "#leads"\ntimezone = "Mars"\nfoo = 1\n', "utf-8")
    refused = installation.run("agreement", "check", str(wrong))
    assert refused.returncode == 1
    assert "handoff_channel: an id is needed" in refused.stderr
    assert "there is no time zone “Mars”" in refused.stderr
    assert "foo: there is no such key" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "none has an agreement yet" in installation.run("agreement", "show").stderr
    applied = installation.run("agreement", "apply", str(file))
    assert applied.returncode == 0, applied.stderr
    assert f"Version 1 is in force in {team.slack.team_id}." in applied.stdout
    shown = installation.run("agreement", "show")
    assert shown.stdout.startswith("# Version 1, applied by file\n")
    assert f'handoff_channel = "{team.leads.id}"' in shown.stdout
    assert parse(shown.stdout) == team.agreement()


@ONE_KIND
def test_migrate_says_where_the_database_is_and_is_harmless_twice(
    installed: tuple[Team, Installation], tmp_path: Path
) -> None:
    _team, installation = installed
    url = f"sqlite:///{tmp_path}/new.db"
    first = installation.run("migrate", DATABASE_URL=url)
    assert first.returncode == 0
    assert "(it was at nothing yet)" in first.stdout
    second = installation.run("migrate", DATABASE_URL=url)
    assert second.returncode == 0
    assert "it was at" not in second.stdout


@ONE_KIND
def test_the_manifest_is_json_for_either_transport(installed: tuple[Team, Installation]) -> None:
    _team, installation = installed
    manifest = json.loads(installation.run("manifest").stdout)
    assert manifest["settings"]["socket_mode_enabled"] is True
    there = json.loads(installation.run("manifest", "--url", "https://baton.example/slack/events").stdout)
    assert there["settings"]["socket_mode_enabled"] is False
    assert {one["url"] for one in there["features"]["slash_commands"]} == {"https://baton.example/slack/events"}


@ONE_KIND
def test_the_doctor_finds_a_healthy_installation_well_and_a_broken_one_ill(world: World, tmp_path: Path) -> None:
    installation = beside(world, tmp_path)
    healthy = installation.run("doctor")
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    assert "answers, schema up to date" in healthy.stdout
    assert "#leads, the bot is in it" in healthy.stdout
    assert "✗" not in healthy.stdout

    world.slack.archive(world.leads)
    world.raj.change(deleted=True)
    world.slack.bot_scopes.discard("dnd:read")
    world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}")
    world.tick()
    ill = installation.run("doctor")
    assert ill.returncode == 1
    dead = "message card of #1"
    for words in ("archived", "deactivated", "missing: dnd:read", dead, "baton doctor --revive", "1 dead"):
        assert words in ill.stdout, ill.stdout

    world.slack.subscribe("message")  # so that Baton gets no event when the channel is open again
    world.slack.unarchive(world.leads)
    world.slack.invite_bot(world.leads)
    world.slack.subscribe_to_all()
    world.slack.bot_scopes.add("dnd:read")
    world.raj.change(deleted=False)
    revived = installation.run("doctor", "--revive")
    assert "1 message(s) will be tried again." in revived.stdout
    assert revived.returncode == 0, "what was ill is mended"
    world.tick()
    assert "Waiting for" in world.card(1).plain()


@ONE_KIND
def test_the_doctor_says_what_to_do_about_a_bad_token_and_an_unreachable_slack(world: World, tmp_path: Path) -> None:
    installation = beside(world, tmp_path)
    wrong = installation.run("doctor", SLACK_BOT_TOKEN="xoxb-wrong")
    assert wrong.returncode == 1
    assert "invalid_auth" in wrong.stdout
    assert "xoxb-wrong" not in wrong.stdout + wrong.stderr
    world.slack.faults.add("auth.test", Fault.server_error())
    gone = installation.run("doctor", DATABASE_URL="postgres://u:geheim@127.0.0.1:1/x")
    assert gone.returncode == 1
    assert "Slack must be reachable" in gone.stdout
    assert "check DATABASE_URL" in gone.stdout
    assert "geheim" not in gone.stdout + gone.stderr


@pytest.mark.parametrize("kind", ["postgres-http"])
def test_the_digest_on_the_command_line_has_the_same_numbers_and_is_posted_once(world: World, tmp_path: Path) -> None:
    play_a_week(world)
    world.at(NEXT_MONDAY - timedelta(minutes=5))
    world.slack.clock.set(NEXT_MONDAY)
    installation = beside(world, tmp_path)
    printed = installation.run("digest", "--week", "2026-W47")
    assert printed.returncode == 0, printed.stderr
    posted = installation.run("digest", "--week", "2026-W47", "--post")
    assert "The digest of 2026-W47 is on its way." in posted.stdout
    world.tick()
    assert "was posted before" in installation.run("digest", "--week", "2026-W47", "--post").stdout
    world.tick()
    [digest] = world.digest_messages()
    shown = re.sub(r"<https[^|>]*\|([^>]*)>", r"\1", digest.plain().replace("*", ""))
    for person in world.team.everyone:
        shown = shown.replace(person.mention, f"@{person.name}")
    told = [line for line in printed.stdout.splitlines() if line.strip() and not set(line) <= {"─"}]
    assert [line.strip() for line in told if line.strip() not in shown] == []
    assert installation.run("digest").stdout == installation.run("digest", "--week", "2026-W47").stdout, "the last week"
    wrong = installation.run("digest", "--week", "2026-W54")
    assert wrong.returncode == 2
    assert "--week" in wrong.stderr


COMMANDS = (
    ("serve",),
    ("clock",),
    ("migrate",),
    ("doctor",),
    ("digest", "--week", "2026-W47"),
    ("agreement", "show"),
)


@ONE_KIND
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_path_at_which_there_can_be_no_database_is_said_in_a_sentence(
    installed: tuple[Team, Installation], tmp_path: Path, command: tuple[str, ...]
) -> None:
    _team, installation = installed
    (tmp_path / "file").touch()
    ended = installation.run(*command, DATABASE_URL=f"sqlite:///{tmp_path}/file/baton.db")
    assert ended.returncode == 1
    assert f"The database's file {tmp_path}/file/baton.db can't be made or opened" in ended.stderr
    assert "Mend DATABASE_URL" in ended.stderr
    assert "Traceback" not in ended.stderr


@ONE_KIND
def test_what_baton_writes_is_for_its_user_alone_and_the_doctor_complains_of_what_is_not(
    world: World, tmp_path: Path
) -> None:
    installation = beside(world, tmp_path)
    database = tmp_path / "data" / "new.db"
    url = f"sqlite:///{database}"
    applied = tmp_path / "agreement.toml"
    applied.write_text(explained(world.team.agreement()), "utf-8")
    with installation.serving("--no-clock", DATABASE_URL=url, BATON_AGREEMENT=str(applied)):
        found = {path.name: path.stat().st_mode & 0o777 for path in database.parent.iterdir()}
        assert found == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}
        assert database.parent.stat().st_mode & 0o077 == 0
        env = tmp_path / ".env"
        env.write_text("LOG_LEVEL=INFO\n")
        env.chmod(0o640)
        database.chmod(0o644)
        ill = installation.run("doctor", DATABASE_URL=url)
        assert ill.returncode == 1
        assert "chmod 600 .env" in ill.stdout
        assert "others may use it (644)" in ill.stdout
        assert "others may use it (640)" in ill.stdout
        env.chmod(0o600)
        database.chmod(0o600)
        well = installation.run("doctor", DATABASE_URL=url)
        assert "others may use it" not in well.stdout
        assert "only for this user: .env, new.db" in well.stdout


@ONE_KIND
def test_it_runs_on_secrets_that_stand_in_files(installed: tuple[Team, Installation], tmp_path: Path) -> None:
    team, installation = installed
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL"):
        (tmp_path / name).write_text(installation.environment.pop(name) + "\n")
        installation.environment[f"{name}_FILE"] = str(tmp_path / name)
    with installation.serving("--no-clock"):
        assert "Baton hands leads" in team.mia.command("/baton", "help", channel=team.leads).text

"""The README and the code agree."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.app import Baton
from bot.manifest import manifest
from bot.settings import Settings
from bot.slack import parse
from bot.slack.ids import BOT_EVENTS, BOT_SCOPES, Action, Command, Form, Shortcut
from bot.slack.views.answers import HELP
from handlers.clicks import _FORMS
from handlers.commands import COMMANDS
from handlers.events import EVENTS
from handlers.submissions import _OTHERS, MOVE_OF_FORM
from models.due.audit import FindingKind
from models.rules.agreement import DEFAULT_REASONS
from models.rules.agreement import parse as parse_agreement
from tests import databases

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        row = next((line for line in README.splitlines() if line.startswith(f"| `{name.upper()}` |")), None)
        assert row is not None, f"{name.upper()} is missing in the README"
        default = field.default
        if isinstance(default, str | int) and default:
            assert f"`{default}`" in row
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_every_setting_of_the_example_exists() -> None:
    named = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_every_command_of_the_command_line_is_in_the_readme() -> None:
    names = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    for name in (*names, *(group.name for group in app.registered_groups)):
        assert f"`baton {name}" in README


def test_every_slash_command_is_handled_explained_and_in_the_readme() -> None:
    assert set(COMMANDS) == set(Command)
    for command in Command:
        assert command in README
        assert any(example.startswith(command) for example, _ in HELP)


def test_every_default_reason_is_in_the_readme() -> None:
    for code, reason in DEFAULT_REASONS.items():
        row = next(line for line in README.splitlines() if line.startswith("|") and f"`{code}`" in line)
        assert reason.asked_as in row
        assert reason.destination in row
        if reason.nurture_days:
            assert f"{reason.nurture_days} days" in row


def test_every_metric_in_the_readme_is_there_and_every_problem_too(tmp_path: Path) -> None:
    settings = Settings(database_url=databases.sqlite(tmp_path), _env_file=None)
    baton = Baton(settings, clock_inside=False, listening=False)
    told = generate_latest(baton.registry).decode()
    baton.store.close()
    named = set(re.findall(r"baton_[a-z_]+", README)) - {"baton_request_duration_seconds_bucket"}
    assert len(named) > 8
    for name in named:
        assert f"# TYPE {name} " in told, name
    assert set(re.findall(r'baton_alarms\{problem="(\w+)"', README)) == set(FindingKind)


def test_what_alerts_ask_for_an_increase_of_is_there_before_it_first_happens(tmp_path: Path) -> None:
    """Prometheus sees no increase in a series that starts at 1."""
    baton = Baton(Settings(database_url=databases.sqlite(tmp_path), _env_file=None), listening=False)
    series = [(one.name, one.labels) for family in baton.registry.collect() for one in family.samples]
    baton.store.close()
    alerts = re.findall(r"increase\((baton_\w+)(?:\{(\w+)=~?\"(.*?)\"\})?\[", README)
    assert len(alerts) >= 8
    for name, label, values in alerts:
        for value in values.split("\\|"):
            there = (
                known == name and re.fullmatch(value, labels.get(label, "") if label else "")
                for known, labels in series
            )
            assert any(there), (name, label, value)


def test_the_agreement_in_the_readme_is_valid() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert parse_agreement(example).handoff_channel == "C0123"


def test_every_package_is_named_in_pyproject() -> None:
    named = set(
        re.findall(
            r'^    "((?:bot|handlers|jobs|models)[\w.]*)",$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
        )
    )
    folders = {
        ".".join(found.parent.relative_to(ROOT).parts)
        for top in ("bot", "handlers", "jobs", "models")
        for found in (ROOT / top).rglob("__init__.py")
    }
    assert folders <= named


def test_the_manifest_has_what_the_code_uses() -> None:
    made = manifest()
    assert {one["command"] for one in made["features"]["slash_commands"]} == set(Command)
    assert {one["callback_id"] for one in made["features"]["shortcuts"]} == set(Shortcut)
    assert made["oauth_config"]["scopes"]["bot"] == list(BOT_SCOPES)
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(BOT_EVENTS)
    assert {event.split(".")[0] for event in BOT_EVENTS} == set(EVENTS)
    assert made["settings"]["socket_mode_enabled"] is True


def test_the_manifest_for_http_names_the_address_everywhere() -> None:
    url = "https://baton.example.com/slack/events"
    made = manifest(url)
    assert made["settings"]["socket_mode_enabled"] is False
    assert json.dumps(made).count(url) == len(Command) + 2


def test_every_button_and_every_form_is_handled() -> None:
    elsewhere = {Action.FIX, Action.FLAG, Action.SETUP, Action.UNDO}
    assert set(parse.MOVE_OF_ACTION) | set(_FORMS) | elsewhere == set(Action)
    assert set(MOVE_OF_FORM) | set(_OTHERS) | {Form.DETAILS, Form.NOT_DONE} == set(Form)


def test_the_readme_names_tests_that_are_there_and_each_that_plays_faults() -> None:
    named = set(re.findall(r"tests/\w+/test_\w+\.py", README))
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "tests/faults").glob("test_*.py")} <= named


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["agreement", "--help"], ["digest", "--help"]])
def test_the_command_line_explains_itself(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    assert "Usage" in result.output

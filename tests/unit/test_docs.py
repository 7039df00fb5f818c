"""The pages that people read and the code agree."""

import json
import re
import shutil
import subprocess
import tomllib
import unicodedata
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from typer.testing import CliRunner

from bot.__main__ import agreement_app, app
from bot.app import Baton
from bot.manifest import COMMANDS as MANIFEST_COMMANDS
from bot.manifest import manifest
from bot.settings import Settings
from bot.slack.fields import words_for
from bot.slack.ids import BOT_EVENTS, BOT_SCOPES, Command, Form, Shortcut
from bot.slack.moves import MOVES
from bot.telemetry.security import Event
from handlers.commands import COMMANDS, WORDS, helped
from handlers.events import EVENTS
from handlers.submissions import OTHER_FORMS
from models.due.findings import FindingKind
from models.rules import emoji
from models.rules.agreement import DEFAULT_EMOJI, DEFAULT_REASONS, FEEDBACK, Sla
from models.rules.destinations import Destination
from models.rules.fields import FIELDS
from models.rules.ladders import DEFAULT_STEPS
from models.rules.toml import parse as parse_agreement
from tests import databases

ROOT = Path(__file__).parents[2]
# Every page that people read, by its path from the root.
PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in sorted(
        [
            ROOT / "README.md",
            ROOT / "SECURITY.md",
            ROOT / "CHANGELOG.md",
            ROOT / ".github/CONTRIBUTING.md",
            *(ROOT / "docs").rglob("*.md"),
        ]
    )
}
# What the pages say of Baton as it is now. The changelog says what it was.
DOCS = "\n".join(text for path, text in PAGES.items() if path != "CHANGELOG.md")
README = PAGES["README.md"]
OPERATIONS = PAGES["docs/operations.md"]
AGREEMENT = PAGES["docs/agreement.md"]

# The most lines of the README, and characters of a line.
LONGEST_README = 150
LONGEST_LINE = 200
# Series that Prometheus makes of a histogram.
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
# In a page: code between fences, code in a line, links and pictures, and links by reference.
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)


def headings(page: str) -> dict[str, str]:
    """Returns the headings of a page by the anchors that GitHub gives them."""
    found = re.findall(r"^#+ (.+)$", _FENCED.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"): heading.replace("`", "") for heading in found}


def links(page: str) -> list[str]:
    """Returns where the links and pictures of a page lead."""
    prose = _CODE.sub("code", _FENCED.sub("", page))
    return [inside or by_reference for inside, by_reference in _LINK.findall(prose)]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST_README


@pytest.mark.parametrize("path", PAGES)
def test_no_line_of_a_page_is_too_long(path: str) -> None:
    lines = PAGES[path].splitlines()
    assert [number for number, line in enumerate(lines, start=1) if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("path", [path for path in PAGES if path != "README.md"])
def test_a_page_begins_with_one_sentence_on_whom_it_is_for(path: str) -> None:
    title, empty, purpose, after = PAGES[path].splitlines()[:4]
    assert title.startswith("# ")
    assert purpose.startswith("This page is for ")
    assert purpose.endswith(".")
    assert empty == after == ""


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path: str) -> None:
    for link in links(PAGES[path]):
        if link.startswith("https://"):
            continue
        to, _, anchor = link.partition("#")
        file = ((ROOT / path).parent / to).resolve() if to else ROOT / path
        assert file.exists(), link
        if anchor:
            assert anchor in headings(PAGES[str(file.relative_to(ROOT))]), link


def test_the_readme_leads_to_every_page() -> None:
    assert set(PAGES) - {"README.md"} <= {link.partition("#")[0] for link in links(README)}


def test_what_the_code_says_of_the_pages_is_there() -> None:
    """The code names a page and its heading, as in: docs/operations.md, “Settings”."""
    files = [*(path for top in ("bot", "handlers", "jobs", "models") for path in (ROOT / top).rglob("*.py"))]
    files += [ROOT / "pyproject.toml", ROOT / ".env.example", ROOT / "docs/baton.service"]
    named = [
        found
        for file in files
        for found in re.findall(r"((?:docs/)?\w+\.md), [“\"]([^”\"]+)[”\"]", file.read_text("utf-8"))
    ]
    assert len(named) >= 6
    for page, heading in named:
        assert heading in headings(PAGES[page]).values(), (page, heading)


def test_every_setting_is_explained_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        row = next((line for line in OPERATIONS.splitlines() if line.startswith(f"| `{name.upper()}` |")), None)
        assert row is not None, f"{name.upper()} is not explained"
        default = field.default
        if isinstance(default, str | int) and default:
            assert f"`{default}`" in row
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_every_setting_that_a_page_names_exists() -> None:
    named = set(re.findall(r"\b(?:SLACK|BATON)_[A-Z_]+\b|\bDATABASE_URL(?:_FILE)?\b|\bLOG_LEVEL\b", DOCS))
    assert len(named) > 8
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_every_setting_of_the_example_exists() -> None:
    named = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_every_command_of_the_command_line_is_explained_and_the_pages_name_no_other() -> None:
    names = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    names += [group.name or "" for group in app.registered_groups]
    for name in names:
        assert f"| `baton {name}" in OPERATIONS
    assert set(re.findall(r"`(?:\.venv/bin/)?baton ([a-z-]+)", DOCS)) == set(names)
    of_the_agreement = [one.callback.__name__ for one in agreement_app.registered_commands if one.callback]
    assert set(re.findall(r"`baton agreement (\w+)", DOCS)) == set(of_the_agreement)


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", DOCS, re.MULTILINE))
    assert {"demo", "test", "quick", "check", "bench", "chaos", "fuzz"} <= named <= targets


def test_every_slash_command_is_handled_explained_and_on_the_pages() -> None:
    assert set(Command) - set(COMMANDS) == set(), "handlers/commands.py has no entry for these commands"
    for command in Command:
        assert f"`{command}" in PAGES["docs/using.md"]
        assert f"`{command}" in README
        assert COMMANDS[command].help, f"the help has no line for {command}"


def test_the_pages_name_every_word_that_may_follow_baton_and_no_other() -> None:
    named = set(re.findall(r"`/baton ([a-z]+)", DOCS))
    assert set(WORDS) - named == set(), "docs/using.md does not say what these words after `/baton` do"
    assert named - set(WORDS) == set(), "these words after `/baton` have no entry in handlers/commands.py"


def test_the_help_names_every_word_that_may_follow_baton() -> None:
    told = " ".join(f"`{example}` {what}" for example, what in helped())
    silent = {word for word in WORDS if f"`/baton {word}" not in told} - {"help"}
    assert silent == set(), "these words after `/baton` have no line in the help: give their entries one"


def test_what_slack_shows_beside_a_command_names_words_that_may_follow_it() -> None:
    _, hint = MANIFEST_COMMANDS[Command.BATON]
    assert {part.split()[0] for part in hint.split(" | ")} - set(WORDS) == set()


def test_the_page_for_users_names_the_button_of_every_move() -> None:
    silent = [entry.label for entry in MOVES.values() if f"**{entry.label}**" not in PAGES["docs/using.md"]]
    assert silent == [], "docs/using.md does not say what these buttons are for"


def test_the_page_for_users_names_the_usual_emoji_of_every_reaction() -> None:
    page = PAGES["docs/using.md"].partition("### A rep\n")[2].partition("\n### ")[0]
    shown = {emoji.name(one) for one in page if unicodedata.category(one) == "So"}
    silent = [f"{meaning} ({name})" for name, meaning in DEFAULT_EMOJI.items() if name not in shown]
    assert silent == [], "docs/using.md does not say what these reactions do for a rep"
    for meaning in FEEDBACK:
        assert re.search(rf"react on the card: .*\b{meaning}\b", page), f"docs/using.md does not say {meaning}"


def test_the_readme_gives_a_reason_for_every_scope() -> None:
    rows = re.findall(r"^\| (`[a-z:.`, ]+`) \| \S.* \|$", README, re.MULTILINE)
    asked_for = [scope for row in rows for scope in re.findall(r"`([a-z:.]+)`", row)]
    assert sorted(asked_for) == sorted(BOT_SCOPES)


def test_every_default_reason_is_explained() -> None:
    for code, reason in DEFAULT_REASONS.items():
        row = next((line for line in AGREEMENT.splitlines() if line.startswith("|") and f"`{code}`" in line), None)
        assert row is not None, f"docs/agreement.md does not explain the reason {code}"
        assert reason.asked_as in row
        assert reason.destination in row
        if reason.nurture_days:
            assert f"{reason.nurture_days} days" in row


def test_the_key_of_every_field_of_a_lead_is_named() -> None:
    for name in FIELDS:
        key = words_for(name)[0]
        assert f"`{key}`" in PAGES["docs/using.md"], f"docs/using.md does not name the key `{key}`"


def test_every_destination_is_explained() -> None:
    for destination in Destination:
        assert f"\n- `{destination}`: " in AGREEMENT, f"docs/agreement.md does not say what {destination} is"
    (term,) = (line for line in AGREEMENT.splitlines() if line.startswith("| destination | what"))
    assert term.endswith(f": {', '.join(Destination)} |")


def test_every_promise_is_explained_with_its_default() -> None:
    for key, hours in Sla().hours.items():
        (row,) = (line for line in AGREEMENT.splitlines() if line.startswith("|") and f"(`{key}`)" in line)
        assert f"{hours:g} hours" in row


def test_every_ladder_is_explained_with_its_default() -> None:
    for what, texts in DEFAULT_STEPS.items():
        rows = [line for line in AGREEMENT.splitlines() if line.startswith(f"| `{what}` | ")]
        assert [row.split(" | ")[2].removesuffix(" |") for row in rows] == (
            [", ".join(f"`{text}`" for text in texts)] if texts else []
        )


def test_every_kind_of_security_event_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| ", PAGES["docs/security.md"], re.MULTILINE)) == set(Event)


def test_every_metric_on_a_page_exists_and_every_metric_and_problem_is_on_a_page(tmp_path: Path) -> None:
    settings = Settings(database_url=databases.sqlite(tmp_path), _env_file=None)
    baton = Baton(settings, clock_inside=False, listening=False)
    told = generate_latest(baton.registry).decode()
    baton.store.close()
    there = set(re.findall(r"^# TYPE (baton_\w+) ", told, re.MULTILINE))
    there = {name for name in there if not name.endswith("_created")}
    named = set(re.findall(r"baton_[a-z_]+", DOCS))
    for suffix in OF_A_HISTOGRAM:
        named = {name if name in there else name.removesuffix(suffix) for name in named}
    assert named == there
    alerted = set(re.findall(r'baton_alarms\{problem="(\w+)"', OPERATIONS))
    assert alerted == set(FindingKind), f"docs/operations.md and the findings differ: {alerted ^ set(FindingKind)}"


def test_what_alerts_ask_for_an_increase_of_is_there_before_it_first_happens(tmp_path: Path) -> None:
    """Prometheus sees no increase in a series that starts at 1."""
    baton = Baton(Settings(database_url=databases.sqlite(tmp_path), _env_file=None), listening=False)
    series = [(one.name, one.labels) for family in baton.registry.collect() for one in family.samples]
    baton.store.close()
    alerts = re.findall(r"increase\((baton_\w+)(?:\{(\w+)=~?\"(.*?)\"\})?\[", OPERATIONS)
    assert len(alerts) >= 8
    for name, label, values in alerts:
        for value in values.split("|"):
            there = (
                known == name and re.fullmatch(value, labels.get(label, "") if label else "")
                for known, labels in series
            )
            assert any(there), (name, label, value)


def test_the_agreement_on_its_page_is_valid() -> None:
    example = "".join(re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL))
    assert parse_agreement(example).handoff_channel == "C0123"


def test_every_library_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["demo"]]
    table = PAGES["docs/architecture.md"].partition("## Libraries")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)
    explained = {name.strip() for row in rows for name in row.split(" (")[0].split(",")} - {"library", "---"}
    assert explained == {re.split(r"[\[><=;]", one)[0] for one in needed}


def test_the_page_for_contributors_names_the_newest_migration() -> None:
    newest = max(path.name[:4] for path in (ROOT / "models/storage/migrations/versions").glob("[0-9]*.py"))
    words = f"`{int(newest[:2]) + 1:02}01` follows `{newest}`"
    assert words in PAGES[".github/CONTRIBUTING.md"], f"say {words} in .github/CONTRIBUTING.md, “Add a migration”"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """The installation under /opt is not there, so the unit is tried with a program that is."""
    unit = (ROOT / "docs/baton.service").read_text("utf-8")
    assert unit.count("/opt/baton/.venv/bin/baton") == 2
    tried = tmp_path / "baton.service"
    tried.write_text(unit.replace("/opt/baton/.venv/bin/baton", "/bin/true"), "utf-8")
    result = subprocess.run(["systemd-analyze", "verify", tried], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_run_for_every_change_is_the_one_of_this_repository() -> None:
    assert "- run: bash .ci/run\n" in (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    assert (ROOT / ".ci/run").exists()


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


def test_every_form_is_handled() -> None:
    """That every button is handled, mypy says: see `handlers/clicks.py`."""
    assert set(OTHER_FORMS) | {Form.DETAILS, Form.NOT_DONE} == set(Form)


def test_the_pages_name_files_that_are_there_and_each_test_that_plays_faults() -> None:
    now = [line for line in DOCS.splitlines() if "(made with its first file)" not in line]
    named = set(re.findall(r"`((?:bot|handlers|jobs|models|tests|docs)/[\w/.]*)`", "\n".join(now)))
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "tests/faults").glob("test_*.py")} <= named


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["agreement", "--help"], ["digest", "--help"]])
def test_the_command_line_explains_itself(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    assert "Usage" in result.output

"""The command line of Baton."""

import gc
import json
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import settings as configuration
from bot.settings import Settings
from models.errors import Refused

if TYPE_CHECKING:
    from bot.app import Baton

app = typer.Typer(
    help="Baton hands leads from marketing to sales, in Slack, and sees to it that none falls.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
agreement_app = typer.Typer(help="The agreement: what marketing and sales promised each other.", no_args_is_help=True)
app.add_typer(agreement_app, name="agreement")
out = Console()
# The width of tables in a file or a pipe, in characters.
PAGE = 250
# Seconds that requests get to finish when the program is asked to end. No answer takes longer.
GRACE_SECONDS = 3
# Seconds that the jobs get after that. Whatever still runs then is cut off, as by a power cut.
LAST_SECONDS = 6


@app.command()
def serve(
    no_clock: Annotated[bool, typer.Option("--no-clock", help="Leave the jobs to `baton clock`.")] = False,
) -> None:
    """Run the bot: Socket Mode if SLACK_APP_TOKEN is set, otherwise signed HTTP on PORT."""
    baton = _ready(clock_inside=not no_clock)
    _run_web(baton, baton.settings.host, baton.settings.port)


@app.command()
def clock(
    port: Annotated[int, typer.Option(help="Also answer /healthz, /readyz and /metrics on this port.")] = 0,
) -> None:
    """Run only the jobs: deliver messages, remind, write the digest. Any number may run."""
    baton = _ready(listening=False)
    if port:
        _run_web(baton, baton.settings.host, port)
        return
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    baton.start()
    ended.wait()
    _end_in_time()
    baton.stop()


@app.command()
def migrate() -> None:
    """Bring the database up to date. Run it before a new version starts; running it twice does no harm."""
    from models.storage import schema  # noqa: PLC0415 - alembic takes half a second to import
    from models.storage.store import Store  # noqa: PLC0415 - as above

    store = Store(_settings().database_url, steady=time.monotonic)
    before, after = schema.migrate(store, progress=out.print)
    store.close()
    out.print(f"The database is at {after}" + ("." if before == after else f" (it was at {before or 'nothing yet'})."))


@app.command()
def doctor(
    revive: Annotated[bool, typer.Option("--revive", help="Try messages that were given up once more.")] = False,
) -> None:
    """Look at token, scopes, channels, people, clock, database and outbox: what is wrong, and how to mend it."""
    from bot.app import Baton  # noqa: PLC0415 - the other commands start faster without
    from bot.doctor import examine  # noqa: PLC0415 - as above
    from bot.slack.text import for_terminal  # noqa: PLC0415 - as above

    baton = Baton(_settings(slack=True), clock_inside=False, listening=False)
    if revive:
        baton.prepare()
        out.print(f"{baton.queue.revive(at=baton.clock.now())} message(s) will be tried again.")
    table = Table("", "What", "State", "How to mend it", box=None, pad_edge=False)
    ill = 0
    for finding in examine(baton):
        ill += not finding.well
        said = [Text(for_terminal(words)) for words in (finding.subject, finding.state, finding.mend)]
        table.add_row("[green]✓[/]" if finding.well else "[red]✗[/]", *said)
    baton.stop()
    Console(width=None if out.is_terminal else PAGE).print(table)  # a file has no edge at which to break words
    if ill:
        raise typer.Exit(1)


@app.command()
def digest(
    week: Annotated[str, typer.Option(help="The week, such as 2026-W47; otherwise the last one that is over.")] = "",
    workspace: Annotated[str, typer.Option(help="The workspace's id, T…; needed if there are several.")] = "",
    post: Annotated[bool, typer.Option("--post", help="Post it to the digest channel, once.")] = False,
) -> None:
    """Print a week's digest, or post it."""
    from bot.app import Baton  # noqa: PLC0415 - the other commands start faster without
    from bot.slack.views import digest as view  # noqa: PLC0415 - as above
    from models.rules.week import Week  # noqa: PLC0415 - as above

    try:
        named = Week.parse(week) if week else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--week") from error
    baton = Baton(_settings(), clock_inside=False, listening=False)
    baton.prepare()
    now = baton.clock.now()
    workspace = workspace or _only_workspace(baton.roster.workspaces_set_up())
    parsed = named or baton.digests.last_week(workspace, at=now)
    if post:
        posted = baton.digests.post(workspace, parsed, at=now)
        out.print(f"The digest of {parsed} " + ("is on its way." if posted else "was posted before."))
    else:
        numbers, terms, _ = baton.digests.numbers(workspace, parsed, as_of=now)
        names = {person: known.name for person, known in terms.people.items()}
        out.print(view.as_text(view.digest(numbers, terms.agreement), names), markup=False, highlight=False)
    baton.stop()


@app.command()
def manifest(
    url: Annotated[str, typer.Option(help="The public address of /slack/events; without: Socket Mode.")] = "",
) -> None:
    """Print the Slack app manifest."""
    from bot.manifest import manifest as make  # noqa: PLC0415 - the other commands start faster without

    typer.echo(json.dumps(make(url or None), indent=2))


@app.command()
def facts() -> None:
    """Answer another program's questions about leads: JSON lines in, JSON lines out. It only reads; no bot need run."""
    from bot.facts import converse  # noqa: PLC0415 - the other commands start faster without
    from models.storage.store import Store  # noqa: PLC0415 - as above

    store = Store(_settings().database_url, steady=time.monotonic, read_only=True)
    converse(sys.stdin.buffer, sys.stdout.buffer, store)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the page; another one is taken if this is not free.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser, if there is one.")] = True,
) -> None:
    """Try Baton in the browser, with a Slack of your own: no account, no server. Needs the extra `demo`."""
    from bot.demo.playground.start import start  # noqa: PLC0415 - the page is not needed by the bot

    start(port=port, open_browser=browser)


@app.command("demo-week")
def demo_week(
    fast: Annotated[bool, typer.Option("--fast", help="Do not wait between scenes.")] = False,
) -> None:
    """Play a team's week against the whole bot, with a Slack of your own: no account, no server."""
    from bot.demo.week import play  # noqa: PLC0415 - the sandbox is not needed by the bot

    raise typer.Exit(play(out, pause=0 if fast else 1))


@agreement_app.command("check")
def check(file: Annotated[Path, typer.Argument(help="A TOML file.")]) -> None:
    """Say whether a file is a valid agreement, and if not, what to mend."""
    from models.rules.toml import parse  # noqa: PLC0415 - the other commands start faster without

    parse(_text(file))
    out.print(f"{file} is a valid agreement.")


@agreement_app.command("apply")
def apply(
    file: Annotated[Path, typer.Argument(help="A TOML file.")],
    workspace: Annotated[str, typer.Option(help="The workspace's id, T…; otherwise the bot token's.")] = "",
) -> None:
    """Make a file the agreement in force. Promises already made keep the version they were made under."""
    from bot.app import Baton  # noqa: PLC0415 - the other commands start faster without
    from models.rules.callers import program  # noqa: PLC0415 - as above
    from models.rules.toml import parse  # noqa: PLC0415 - as above

    agreement = parse(_text(file))
    baton = Baton(_settings(), clock_inside=False, listening=False)
    baton.prepare()
    workspace = workspace or baton.installation.identify().team_id
    version = baton.agreements.apply(agreement, by=program(workspace, "file"), at=baton.clock.now())
    baton.stop()
    out.print(f"Version {version} is in force in {workspace}.")


@agreement_app.command("show")
def show(
    workspace: Annotated[str, typer.Option(help="The workspace's id, T…; needed if there are several.")] = "",
    defaults: Annotated[bool, typer.Option("--defaults", help="The defaults, as a file to start from.")] = False,
) -> None:
    """Print the agreement in force as TOML, every key explained."""
    from bot.app import Baton  # noqa: PLC0415 - the other commands start faster without
    from models.rules.agreement import Agreement  # noqa: PLC0415 - as above
    from models.rules.toml import explained  # noqa: PLC0415 - as above

    if defaults:
        typer.echo(explained(Agreement(handoff_channel="C0123")), nl=False)
        return
    baton = Baton(_settings(), clock_inside=False, listening=False)
    baton.prepare()
    terms = baton.queries.terms(workspace or _only_workspace(baton.roster.workspaces_set_up()))
    baton.stop()
    typer.echo(f"# Version {terms.version}, applied by {terms.applied_by}\n" + explained(terms.agreement), nl=False)


def _ready(*, clock_inside: bool = True, listening: bool = True) -> "Baton":
    """Returns the whole program, on a database that it can write to. Raises what `Baton.prepare` and
    `Baton.require_writable` raise."""
    # Objects made during the start live as long as the program. A search for garbage among them takes a fifth of the
    # start, and would delay answers again and again. So none happens here, and later ones leave these objects out.
    gc.disable()
    from bot.app import Baton  # noqa: PLC0415 - the other commands start faster without

    baton = Baton(_settings(slack=True), clock_inside=clock_inside, listening=listening)
    baton.prepare()
    baton.require_writable()
    gc.freeze()
    gc.enable()
    return baton


def _run_web(baton: "Baton", host: str, port: int) -> None:
    """Serves HTTP until SIGTERM or SIGINT. The web application starts and stops everything else."""
    import uvicorn  # noqa: PLC0415 - the other commands start faster without

    from bot.front import connections  # noqa: PLC0415 - as above

    most = connections.most()
    protocol = partial(connections.TimedConnection, most=most, closed=baton.requests.crowded_out.inc)
    uvicorn.run(
        baton.web_app(ending=_end_in_time),
        host=host,
        port=port,
        http=protocol,  # type: ignore[arg-type]  # uvicorn only calls it
        backlog=most // 2,  # as many may arrive at once before Baton can close one of them
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _end_in_time() -> None:
    """Ends the program after LAST_SECONDS, even if something hangs. Nothing is lost: the database has everything, and
    the next process continues."""
    last = threading.Timer(LAST_SECONDS, os._exit, [0])
    last.daemon = True
    last.start()


def _settings(*, slack: bool = False) -> Settings:
    from bot import logs  # noqa: PLC0415 - structlog takes a while to import

    settings = configuration.load()
    if slack:
        configuration.require_slack(settings)
    logs.configure(settings.log_level)
    return settings


def _only_workspace(known: list[str]) -> str:
    if len(known) != 1:
        names = f"one of {', '.join(known)}" if known else "its id; none has an agreement yet"
        raise typer.BadParameter(f"name the workspace: {names}", param_hint="--workspace")
    return known[0]


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} can't be read: {error}", param_hint="FILE") from error


def _end_with(leash: int) -> None:
    """Ends this process when the other end of the pipe `leash` is closed: its holder, such as the demo, has ended."""
    os.read(leash, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Runs a command. After an error that somebody can mend, it prints a sentence that says how, without a traceback,
    and exits with 1."""
    os.umask(0o077)  # files that Baton writes are for this user alone
    for number in (signal.SIGTERM, signal.SIGHUP):  # from the first moment on; uvicorn raises SIGTERM again at its end
        signal.signal(number, lambda *_: sys.exit(0))
    if leash := os.environ.get("BATON_LEASH"):
        threading.Thread(target=_end_with, args=[int(leash)], name="leash", daemon=True).start()
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - after the signal handlers are set

    from bot.slack.gateway import SlackError  # noqa: PLC0415 - as above
    from models.storage import problems  # noqa: PLC0415 - as above

    try:
        app()
    except Refused as refusal:
        problem = str(refusal)
    except SlackError as error:
        problem = f"Slack does not do it: {error}. `baton doctor` looks into it."
    except DBAPIError as error:
        problem = f"The database {problems.of(error) or 'does not do it'}: {error.orig}. `baton doctor` looks into it."
    else:
        return
    typer.echo(problem, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()

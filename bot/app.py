"""The composition root: the only place that makes engine, Bolt app, gateway and scheduler, and connects them."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from prometheus_client import CollectorRegistry
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from starlette.applications import Starlette

import handlers
from bot.front import web
from bot.front.notices import Notices
from bot.front.socket_mode import Socket
from bot.front.workers import Workers
from bot.settings import BadSettings, Settings
from bot.slack.callers import Callers
from bot.slack.gateway import Gateway, SlackError
from bot.slack.ids import member_kind
from bot.slack.installation import Installation
from bot.telemetry.gauges import DatabaseGauges, count_errors
from bot.telemetry.jobs import Counters
from bot.telemetry.requests import CountedApp, Requests
from bot.telemetry.security import Event, Security
from handlers.deps import Deps
from handlers.events import NotKnownYet
from jobs.audit import Auditor
from jobs.compose import Composer
from jobs.deliver import Deliverer
from jobs.roster import RosterSync
from jobs.schedule import Job, Ticker
from jobs.unknown_leads import UnknownLeadSearch
from models.clock import Clock, SteadyClock, SteeredClock, SystemClock
from models.due.audit import Audit
from models.due.reminders import Reminders
from models.due.unknown_leads import UnknownLeads
from models.errors import DatabaseProblem, NotWritable, Refused, SchemaTooOld, StillUnknown
from models.handoffs.desk import Desk
from models.handoffs.queries import Queries
from models.outbox.queue import OutboxQueue
from models.reports.digest import Digests
from models.rules import toml
from models.rules.agreement import Agreement
from models.rules.callers import program
from models.storage import problems, retention, schema
from models.storage.health import Health
from models.storage.store import Store
from models.workspace.agreements import Agreements
from models.workspace.roster import Roster

# The most seconds between two runs of the audit.
AUDIT_SECONDS = 30
# Seconds between polls for messages that another process added. (Messages of this process wake the job at once.)
DELIVER_SECONDS = 0.25
# Seconds until Baton tries again, if Slack does not answer at the start.
CONNECT_AGAIN_SECONDS = 5
# Who applies an agreement that is read at the start.
FILE = "BATON_AGREEMENT"

log = structlog.get_logger(__name__)


class Baton:
    """The whole program, put together but not yet running.

    `clock_inside`: this process also runs the jobs. If False, another process must (`baton clock`). `listening`: this
    process answers Slack.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock_inside: bool = True,
        listening: bool = True,
        clock: Clock | None = None,
        steady: SteadyClock = time.monotonic,
    ) -> None:
        self.settings = settings
        self.clock = clock or _clock(settings)
        self.store = Store(settings.database_url, steady=steady)
        self.health = Health(self.store, steady=steady)
        self.agreements = Agreements(self.store, kind_of=member_kind)
        self.roster = Roster(self.store)
        self.queries = Queries(self.store, self.agreements)
        self.queue = OutboxQueue(self.store)
        self.audit = Audit(self.store, self.agreements)
        self.unknown_leads = UnknownLeads(self.store)
        self.digests = Digests(self.store, self.agreements)
        self.reminders = Reminders(self.store, self.agreements)
        self.gateway = Gateway(settings.slack_bot_token.get_secret_value(), str(settings.slack_api_url), steady=steady)
        self.installation = Installation(self.gateway, self.roster, steady=steady)
        self.registry = CollectorRegistry()
        self.counters = Counters(self.registry)
        self.requests = Requests(self.registry)
        self.security = Security(self.registry, steady=steady)
        self.registry.register(DatabaseGauges(audit=self.audit, queue=self.queue, roster=self.roster, clock=self.clock))
        count_errors(self.store.engine, self.registry)
        self.deliverer = Deliverer(
            queue=self.queue,
            composer=Composer(self.queries, self.digests, self.queue, self.audit),
            queries=self.queries,
            roster=self.roster,
            gateway=self.gateway,
            clock=self.clock,
            steady=steady,
            counters=self.counters,
            post_interval=settings.baton_post_interval_seconds,
            remind_until=self._remind_until,
        )
        self.roster_sync = RosterSync(roster=self.roster, queries=self.queries, gateway=self.gateway, clock=self.clock)
        self.unknown_search = UnknownLeadSearch(
            unknown_leads=self.unknown_leads,
            roster=self.roster,
            queries=self.queries,
            gateway=self.gateway,
            clock=self.clock,
            steady=steady,
        )
        self.auditor = Auditor(audit=self.audit, queue=self.queue, clock=self.clock, counters=self.counters)
        self.ticker = Ticker(self.jobs(), self.counters, clock=SystemClock()) if clock_inside else None
        self.desk = Desk(self.store, self.agreements, on_commit=self._wake)
        self.notices = Notices()
        self.bolt = self._bolt_app()
        self.workers = Workers(self.bolt, self.requests)
        self.socket = self._socket() if listening and settings.socket_mode else None
        self._guard = self._make_guard() if listening and not settings.socket_mode else None
        self._agreement = _agreement(settings)  # None once it is applied
        self._stopping = threading.Event()
        self._greeter = threading.Thread(target=self._greet, name="greeter", daemon=True)

    # Running.

    def prepare(self) -> None:
        """Checks that the database has this program's schema. Makes the schema in an empty database. Raises
        SchemaTooOld or SchemaTooNew."""
        try:
            schema.check(self.store)
        except SchemaTooOld as refusal:
            if refusal.facts["revision"] != schema.NOTHING:
                raise
            schema.migrate(self.store)

    def require_writable(self) -> None:
        """Raises NotWritable if the database can only be read."""
        # A connection that SQLite opened for reading may stay so as long as the process lives: a start is of no use.
        if self.health.problem() is DatabaseProblem.READ_ONLY:
            raise NotWritable

    def start(self) -> None:
        """Starts the jobs, and a thread that connects to Slack. Slack need not be reachable yet."""
        self._greeter.start()
        if self.ticker is not None:
            self.ticker.start()

    def stop(self) -> None:
        """Takes no new work, finishes what has begun, and closes everything."""
        self._stopping.set()
        self.deliverer.begin_no_more()  # first, because the next steps wait for requests and jobs
        if self.socket is not None:
            self.socket.end()
        self.workers.stop()
        self.notices.stop()
        if self._greeter.is_alive():
            self._greeter.join()
        if self.ticker is not None:
            self.ticker.stop()
        self.deliverer.stop()
        self.gateway.close()
        self.store.close()

    def web_app(self, *, ending: Callable[[], None] = lambda: None) -> Starlette:
        """Returns the web application. It starts and stops the whole program with itself, and calls `ending` before it
        stops."""

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            await asyncio.to_thread(self.start)
            yield
            ending()
            await asyncio.to_thread(self.stop)

        return web.create(
            workers=self.workers,
            guard=self._guard,
            registry=self.registry,
            requests=self.requests,
            not_ready=self.not_ready,
            lifespan=lifespan,
        )

    def not_ready(self) -> str | None:
        """Returns why this process can't do its work now, or None if it can."""
        try:
            problem = self.health.problem()
            shut_out = None if problem else self.installation.shut_out()
            set_up = problem is not None or self._agreement is None or bool(self.roster.workspaces_set_up())
        except Refused as refusal:
            return str(refusal)
        except sa.exc.SQLAlchemyError as error:
            problem = problems.known(error)
        if problem is not None:
            return f"the database {problem}"
        if shut_out is not None:
            return f"Slack refuses the token ({shut_out}): install the app again, and set SLACK_BOT_TOKEN if it changed"
        if not set_up:
            return "the agreement in BATON_AGREEMENT is not in force yet: Slack has not said which workspace this is"
        if self.socket is not None and not self.socket.client.is_connected():
            return "not connected to Slack"
        return None

    def tick(self) -> None:
        """Runs every job once, then delivers everything that is due by now. Waits for it, and for notices."""
        self.notices.wait()
        for job in self.jobs():
            if job.name != "deliver":
                job.run()
        self.deliverer.settle()

    # Parts.

    def jobs(self) -> list[Job]:
        """Returns the jobs of the clock, each with the seconds between two of its runs."""
        often = self.settings.baton_tick_seconds
        return [
            Job(name="deliver", run=self.deliverer.run, every=min(DELIVER_SECONDS, often)),
            Job(name="nudge", run=self._nudge, every=often),
            Job(name="digest", run=self._digest, every=often),
            Job(name="roster", run=self.roster_sync.run, every=often),
            Job(name="installation", run=self._look_at_installation, every=often),
            Job(name="lost", run=self.unknown_search.run, every=often),
            Job(name="audit", run=self._audit, every=min(AUDIT_SECONDS, often * 6)),
            Job(name="retain", run=lambda: retention.let_go(self.store, at=self.clock.now()), every=3600.0),
        ]

    def _nudge(self) -> None:
        while spoken := self.reminders.remind(at=self.clock.now()):
            self.counters.nudged.inc(spoken)
            self._wake()

    def _remind_until(self, moment: datetime) -> None:
        """Writes the reminders that came up by `moment`, unless this process has written them."""
        if self.reminders.said_until < moment:
            self._nudge()

    def _digest(self) -> None:
        if written := self.digests.run_due(at=self.clock.now()):
            self.counters.digests.inc(written)
            self._wake()

    def _look_at_installation(self) -> None:
        if self.installation.look(at=self.clock.now()):
            self._wake()

    def _audit(self) -> None:
        if self.auditor.run():
            self._wake()

    def _wake(self) -> None:
        """Starts the delivery job at once, if this process runs the jobs. For messages that were just added to the
        outbox."""
        if self.ticker is not None:
            self.ticker.wake("deliver")

    def _bolt_app(self) -> CountedApp:
        token = self.settings.slack_bot_token.get_secret_value()

        def authorize(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
            identity = self.installation.identity  # as Slack told before: a request must not wait for Slack
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id,
                user_id=user_id,
                bot_token=token,
                bot_user_id=identity.user_id if identity else None,
            )

        logging.getLogger("slack_bolt").setLevel(logging.ERROR)  # it warns of a token in the environment
        app = CountedApp(
            self.requests,
            name="baton",  # else Bolt looks through the whole stack for the file that calls it
            refusal=self._refusal,
            client=WebClient(base_url=self.gateway.api_url, retry_handlers=[]),
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,  # the guard checks the raw bytes, before anything parses them
            logger=logging.getLogger("slack_bolt"),
        )

        @app.error
        def failed(error: Exception) -> BoltResponse:
            """Answers 503 or 500, so that Slack delivers an event again."""
            problem = problems.of(error)
            if problem is not None:
                log.error("not saved", database=problem.value, error=type(error).__name__)
            if problem is not None or isinstance(error, NotKnownYet | StillUnknown):
                return BoltResponse(status=503, body="come back later")
            log.error("unforeseen", exc_info=error)
            return BoltResponse(status=500, body="")

        handlers.register(
            app,
            Deps(
                clock=self.clock,
                desk=self.desk,
                agreements=self.agreements,
                gateway=self.gateway,
                queue=self.queue,
                audit=self.audit,
                callers=Callers(self.roster, self.queries, self.gateway, self.clock),
                queries=self.queries,
                roster=self.roster,
                security=self.security,
                notices=self.notices.give,
                workspace_of=self.installation.workspace_of,
            ),
        )
        return app

    def _refusal(self, payload: dict[str, Any]) -> BoltResponse | None:
        """Returns the answer to a payload of another workspace or app, with which nothing is done. A command gets a
        sentence that says why. None if the payload is for us."""
        foreign = self.installation.foreign(payload)
        if foreign is None:
            return None
        facts = {key: payload[key] for key in ("type", "command", "team_id", "api_app_id") if key in payload}
        self.security.note(Event.FOREIGN_PAYLOAD, foreign=foreign.value, **facts)
        if "command" not in payload:
            return BoltResponse(status=200)
        words = "I serve another workspace or app than this came from, so nothing was done."
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": words})

    def _make_guard(self) -> web.Guard:
        secret = self.settings.slack_signing_secret.get_secret_value()
        return web.Guard(secret, SystemClock(), self.security)

    def _socket(self) -> Socket:
        token = self.settings.slack_app_token.get_secret_value()
        return Socket(self.workers, token, self.gateway.api_url, hello=self.installation.greeted)

    def _greet(self) -> None:
        """Learns who we are, connects to Slack, and applies the agreement. Repeats each step until Slack answers."""
        steps: list[Callable[[], object]] = [self.installation.remember, self.installation.identify]
        if self.socket is not None:
            steps.append(self.socket.connect)
        if self._agreement is not None:
            steps.append(self._apply_agreement)
        while steps and not self._stopping.is_set():
            steps = [step for step in steps if not self._done(step)]
            if steps:
                self._stopping.wait(CONNECT_AGAIN_SECONDS)
        if self.ticker is not None:
            self.ticker.wake("lost")  # what it needs is known now

    def _done(self, step: Callable[[], object]) -> bool:
        """True if the step succeeded."""
        try:
            step()
        except SlackError as error:
            log.warning("Slack does not answer yet", error=str(error))
        except Exception:  # the SDK may raise anything when it connects
            log.exception("connecting to Slack failed")
        else:
            return True
        return False

    def _apply_agreement(self) -> None:
        identity = self.installation.identity or self.installation.identify()
        if self._agreement is not None:
            by = program(identity.team_id, FILE)
            self.agreements.apply(self._agreement, by=by, at=self.clock.now(), unless_seen=True)
        self._agreement = None


def _clock(settings: Settings) -> Clock:
    return SteeredClock(settings.baton_clock_file) if settings.baton_clock_file else SystemClock()


def _agreement(settings: Settings) -> Agreement | None:
    path = settings.baton_agreement
    if path is None:
        return None
    try:
        return toml.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(problems=f"BATON_AGREEMENT: {path} can't be read ({error})") from error

"""`baton doctor`: what is wrong, and how to mend it."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.app import Baton
from bot.slack.gateway import Identity, SlackError, SlackRefused
from bot.slack.ids import BOT_SCOPES, is_group
from bot.slack.text import permalink
from bot.slack.views import alarm
from models.due.audit import LONGEST_SILENCE
from models.errors import NotSetUp, Refused
from models.reports.inspection import Inspection
from models.rules.terms import Terms

# The largest difference from Slack's clock that is no problem. It is well below the margin of a lease: machines that
# differ more would take over each other's messages.
CLOCK_SKEW = timedelta(seconds=10)
# At most this many ledger lines of a workspace are verified, the newest.
VERIFIED_LINES = 10_000


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One thing that was checked. `mend` says how to mend it, and is empty if all is well."""

    subject: str
    state: str
    mend: str = ""

    @property
    def well(self) -> bool:
        return not self.mend


def examine(baton: Baton) -> Iterator[Diagnosis]:
    """Yields a diagnosis of each part. If the database or Slack does not answer, the rest of its part is left out."""
    yield from _files(baton)
    yield from _database(baton)
    yield from _slack(baton)


def _files(baton: Baton) -> Iterator[Diagnosis]:
    """Checks that other users of this machine can't use Baton's files."""
    url = baton.store.url
    database = [f"{url.database}{end}" for end in ("", "-wal", "-shm")] if baton.store.is_sqlite else []
    found = [Path(name) for name in (".env", *database) if Path(name).is_file()]
    open_to_others = [path for path in found if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for path in open_to_others:
        mode = stat.S_IMODE(path.stat().st_mode)
        yield Diagnosis(subject=f"file {path}", state=f"others may use it ({mode:o})", mend=f"chmod 600 {path}")
    if found and not open_to_others:
        yield Diagnosis(subject="files", state="only for this user: " + ", ".join(path.name for path in found))


def _database(baton: Baton) -> Iterator[Diagnosis]:
    try:
        problem = baton.health.problem()
    except Refused as refusal:
        yield Diagnosis(subject="database", state="wrong schema", mend=str(refusal))
        return
    if problem is not None:
        mend = "check DATABASE_URL, that the server is up and reachable, and that file, folder and disk can be written"
        yield Diagnosis(subject="database", state=problem, mend=mend)
        return
    yield Diagnosis(subject="database", state="answers, schema up to date")
    yield _clock(baton)
    yield from _outbox(baton)
    yield from _alarms(baton)
    yield from _ledger(baton)


def _ledger(baton: Baton) -> Iterator[Diagnosis]:
    """Compares the newest texts of the ledger with what the lines know of them, in each workspace."""
    with baton.store.read() as session:
        inspection = Inspection(session)
        for workspace in inspection.workspaces():
            found = inspection.verified(workspace, newest=VERIFIED_LINES)
            subject = f"ledger of {workspace}"
            looked = f"the newest {found.lines} lines: {found.texts} have texts, {found.deleted} had some, now erased"
            if not found.changed:
                yield Diagnosis(subject=subject, state=f"{looked}, none was changed")
                continue
            leads = ", ".join(f"#{number}" if number else "no lead" for number in found.changed)
            mend = (
                "compare these leads with a backup, and ask who can write to the database: Baton never changes a text"
            )
            state = f"{looked}; texts were changed after they were written, of {leads}"
            yield Diagnosis(subject=subject, state=state, mend=mend)


def _clock(baton: Baton) -> Diagnosis:
    beat = baton.audit.last_beat()
    silent = beat is None or abs(baton.clock.now() - beat) > LONGEST_SILENCE
    return Diagnosis(
        subject="jobs",
        state=f"a clock ran at {beat:%Y-%m-%d %H:%M:%S} UTC" if beat else "no clock has run yet",
        mend="nothing is delivered: run `baton serve`, or `baton clock`" if silent else "",
    )


def _alarms(baton: Baton) -> Iterator[Diagnosis]:
    for found in baton.audit.findings(at=baton.clock.now()):
        leads = f": {', '.join(f'#{number}' for number in found.numbers[:10])}" if found.numbers else ""
        said = f" ({found.said or found.about})" if found.said or found.about else ""
        state = f"{found.count} since {found.since:%Y-%m-%d %H:%M} UTC{leads}{said}"
        yield Diagnosis(subject=found.kind, state=state, mend=alarm.WORDS[found.kind].mend)


def _outbox(baton: Baton) -> Iterator[Diagnosis]:
    counts = baton.queue.counts(at=baton.clock.now())
    state = f"{counts['waiting']} waiting, {counts['due']} due, {counts['dead']} dead"
    yield Diagnosis(subject="outbox", state=state)
    for one in baton.queue.dead_messages()[:20]:
        mend = "mend what Slack names, then run `baton doctor --revive`"
        yield Diagnosis(subject=f"message {one.name}", state=one.last_error, mend=mend)


def _slack(baton: Baton) -> Iterator[Diagnosis]:
    try:
        identity = baton.gateway.who_am_i()
    except SlackError as error:
        mend = (
            "SLACK_BOT_TOKEN must be the bot token (xoxb-…) of the installed app"
            if isinstance(error, SlackRefused)
            else f"Slack must be reachable at {baton.gateway.api_url}"
        )
        yield Diagnosis(subject="token", state=str(error), mend=mend)
        return
    yield Diagnosis(subject="token", state=f"is {identity.user_id} in {identity.team or identity.team_id}")
    missing = sorted(set(BOT_SCOPES) - identity.scopes) if identity.scopes else []
    if missing:
        mend = "apply the manifest (`baton manifest`) and reinstall the app to the workspace"
        yield Diagnosis(subject="scopes", state=f"missing: {', '.join(missing)}", mend=mend)
    else:
        yield Diagnosis(subject="scopes", state="complete" if identity.scopes else "not told by Slack")
    if identity.slack_time is not None:
        skew = abs(baton.clock.now() - identity.slack_time)
        mend = "set the machine's clock (NTP): signatures and promises depend on it" if skew > CLOCK_SKEW else ""
        yield Diagnosis(subject="clock", state=f"{skew.total_seconds():.0f} s from Slack's", mend=mend)
    yield from _socket(baton)
    yield from _agreement(baton, identity)


def _socket(baton: Baton) -> Iterator[Diagnosis]:
    if not baton.settings.socket_mode:
        return
    try:
        baton.gateway.open_socket(baton.settings.slack_app_token.get_secret_value())
    except SlackError as error:
        mend = "SLACK_APP_TOKEN must be an app-level token (xapp-…) with connections:write, and Socket Mode be on"
        yield Diagnosis(subject="Socket Mode", state=str(error), mend=mend)
    else:
        yield Diagnosis(subject="Socket Mode", state="opens")


def _agreement(baton: Baton, identity: Identity) -> Iterator[Diagnosis]:
    try:
        terms = baton.queries.terms(identity.team_id)
    except NotSetUp:
        mend = "run /baton setup in Slack, or `baton agreement apply FILE`"
        yield Diagnosis(subject="agreement", state="none yet", mend=mend)
        return
    except sa.exc.SQLAlchemyError:
        return  # the diagnosis of the database says it
    if terms.managers_here:
        yield Diagnosis(subject="agreement", state=f"version {terms.version}")
    else:
        mend = (
            "name managers who are there: nobody else hears of late leads but who flagged them, and only admins and "
            "owners of the workspace can change the agreement in Slack"
        )
        yield Diagnosis(subject="agreement", state=f"version {terms.version}, no managers", mend=mend)
    for channel in dict.fromkeys((terms.agreement.handoff_channel, terms.agreement.digests_to)):
        yield _channel(baton, channel)
    yield from _unknown(baton, identity, terms.agreement.handoff_channel)
    yield from _people(baton, terms)


def _channel(baton: Baton, channel: str) -> Diagnosis:
    subject = f"channel {channel}"
    try:
        found = baton.gateway.channel(channel)
    except SlackError as error:
        mend = "correct the id in the agreement, or invite the bot if the channel is private: /invite @Baton"
        return Diagnosis(subject=subject, state=str(error), mend=mend)
    if found.get("is_archived"):
        return Diagnosis(subject=subject, state="archived", mend="unarchive it, or name another one in the agreement")
    if not found.get("is_member", True):
        return Diagnosis(subject=subject, state="the bot is not in it", mend="write /invite @Baton there")
    return Diagnosis(subject=subject, state=f"#{found.get('name', channel)}, the bot is in it")


def _unknown(baton: Baton, identity: Identity, channel: str) -> Iterator[Diagnosis]:
    """Yields each card among the channel's newest messages whose handoff the database does not know."""
    try:
        cards = baton.gateway.cards(channel, by=identity.user_id)
        unknown = baton.unknown_leads.unknown(identity.team_id, cards)
    except SlackError as error:
        mend = "see token, scopes and channel; else try again later: unknown leads can't be looked for"
        yield Diagnosis(subject="cards", state=str(error), mend=mend)
        return
    except sa.exc.SQLAlchemyError:
        return  # the diagnosis of the database says it
    for card in unknown:
        place = permalink(identity.url, channel, card.ts) or f"ts {card.ts} in {channel}"
        mend = "flag it again: the card says who it is; then an admin of the workspace deletes the card in Slack"
        yield Diagnosis(subject=f"lead #{card.number}", state=f"not in the database; its card: {place}", mend=mend)


def _people(baton: Baton, terms: Terms) -> Iterator[Diagnosis]:
    named = terms.agreement.people
    for person in dict.fromkeys((*named.marketers, *named.reps, *named.managers)):
        look: Callable[[str], object] = baton.gateway.group_members if is_group(person) else baton.gateway.profile
        try:
            found = look(person)
        except SlackError as error:
            mend = "correct the id in the agreement" if isinstance(error, SlackRefused) else "try again later"
            yield Diagnosis(subject=f"person {person}", state=str(error), mend=mend)
            continue
        if found == []:
            mend = "put somebody in it, or take it out of the agreement: it is nobody"
            yield Diagnosis(subject=f"group {person}", state="empty", mend=mend)
        if getattr(found, "deactivated", False):
            yield Diagnosis(subject=f"person {person}", state="deactivated", mend="take them out of the agreement")

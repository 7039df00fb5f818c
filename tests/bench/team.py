"""The company of the bench: forty reps, ten marketers, three managers, and their agreement."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.sandbox import Sandbox
from bot.slack.ids import member_kind
from models.errors import PersonId
from models.rules.agreement import Agreement, People
from models.rules.callers import Caller, PersonKind
from models.storage.store import Store
from models.workspace.agreements import Agreements
from models.workspace.roster import Roster

ZONE = "Europe/Berlin"


@dataclass(frozen=True, kw_only=True)
class Team:
    """The ids of the people and the channels."""

    workspace_id: str
    leads: str
    digests: str
    marketers: tuple[str, ...]
    reps: tuple[str, ...]
    managers: tuple[str, ...]

    def caller(self, person: str) -> Caller:
        return Caller(workspace_id=self.workspace_id, person=PersonId(person), kind=PersonKind.MEMBER)

    def agreement(self, **parts: Any) -> Agreement:
        people = People(marketers=self.marketers, reps=self.reps, managers=self.managers)
        named = {"handoff_channel": self.leads, "digest_channel": self.digests, "people": people}
        return Agreement(**named, timezone=ZONE, **parts)


def made_up(*, reps: int = 40) -> Team:
    """Returns a team that exists only in the database."""
    return Team(
        workspace_id="T0BENCH",
        leads="C0LEADS",
        digests="C0DIGESTS",
        marketers=tuple(f"UMARKETER{n:02}" for n in range(10)),
        reps=tuple(f"UREP{n:03}" for n in range(reps)),
        managers=tuple(f"UMANAGER{n}" for n in range(3)),
    )


def in_slack(slack: Sandbox, *, reps: int = 40) -> Team:
    """Returns a team whose people and channels are in the sandbox."""
    leads, digests = slack.channel("leads"), slack.channel("handoff-digest")
    slack.invite_bot(leads)
    slack.invite_bot(digests)
    return Team(
        workspace_id=slack.team_id,
        leads=leads.id,
        digests=digests.id,
        marketers=tuple(slack.person(f"marketer{n}", tz=ZONE).id for n in range(10)),
        reps=tuple(slack.person(f"rep{n}", tz=ZONE).id for n in range(reps)),
        managers=tuple(slack.person(f"manager{n}", tz=ZONE).id for n in range(3)),
    )


def set_up(store: Store, team: Team, *, at: datetime | None = None, **parts: Any) -> None:
    """Puts the agreement in force and makes everybody known, as after a sync with Slack. `parts` replace parts of the
    agreement."""
    now = at or datetime.now(UTC)
    roster, everyone = Roster(store), (*team.marketers, *team.reps, *team.managers)
    roster.members_synced(team.workspace_id, everyone)
    for person in everyone:
        roster.person_changed(team.workspace_id, person, timezone=ZONE, kind="member", synced_at=now)
    version = Agreements(store, kind_of=member_kind).apply(
        team.agreement(**parts), by=team.caller(team.managers[0]), at=now
    )
    roster.looked_up(team.workspace_id, version=version, at=now)  # a new agreement would ask for another sync

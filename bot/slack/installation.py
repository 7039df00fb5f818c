"""The workspace and the app to which the bot's token belongs, and if a payload is for them."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import structlog

from bot.slack.gateway import TOKEN_GONE, Gateway, Identity, SlackError, SlackRefused
from models.clock import SteadyClock
from models.workspace.roster import Roster

# Seconds until Baton asks Slack again if the token works: the event that it does not may have been missed.
LOOK_SECONDS = 60

Payload = Mapping[str, Any]

log = structlog.get_logger(__name__)


class Foreign(Enum):
    """The part of a payload that is not ours."""

    WORKSPACE = "workspace"
    APP = "app"


class Installation:
    """Learns from Slack to which workspace, user and app the token belongs. Until Slack says so, what it said before an
    earlier start counts. At the very first start, what payloads say counts."""

    def __init__(self, gateway: Gateway, roster: Roster, *, steady: SteadyClock) -> None:
        self._steady = steady
        self._gateway = gateway
        self._roster = roster
        self._remembered: Mapping[str, str | None] = {}
        self.identity: Identity | None = None
        # The code with which Slack refused the token when it was last asked, or None.
        self._refused: str | None = None
        self._looked_at = self._steady()
        self.app_id: str | None = None

    def remember(self) -> None:
        """Reads what Slack said before an earlier start."""
        self._remembered = self._roster.installations()

    def identify(self) -> Identity:
        """Asks Slack to whom the token belongs, and saves the answer. Raises SlackError."""
        identity = self._ask()
        self._roster.installed(identity.team_id, bot_user_id=identity.user_id, url=identity.url)
        self.identity = identity
        if identity.bot_id and not self.app_id:
            self._learn_app(identity.team_id, identity.bot_id)
        return identity

    def shut_out(self) -> str | None:
        """Returns why Slack takes nothing from us, as this process or another one heard. None if it does, or may."""
        known = self._roster.shut_outs()
        if self.identity is not None:
            return known.get(self.identity.team_id) or self._refused
        return self._refused or next(iter(known.values()), None)

    def look(self, *, at: datetime) -> bool:
        """Asks Slack if the token works: every LOOK_SECONDS, and at each call while it does not. True if it has begun
        to work again."""
        known = self._roster.shut_outs()
        if not known and self._refused is None and self._steady() - self._looked_at < LOOK_SECONDS:
            return False
        try:
            identity = self._ask()
        except SlackRefused as refusal:
            if self.identity is not None and refusal.code in TOKEN_GONE:
                self._roster.shut_out(self.identity.team_id, refusal.code, at=at)
            return False
        except SlackError as error:
            log.info("Slack does not say whether the token works", error=str(error))
            return False
        if identity.team_id not in known:
            return False
        self.identity = identity
        self._roster.installed(identity.team_id, bot_user_id=identity.user_id, url=identity.url)
        log.info("the token works again", workspace=identity.team_id)
        return True

    def _ask(self) -> Identity:
        self._looked_at = self._steady()
        try:
            identity = self._gateway.who_am_i()
        except SlackRefused as refusal:
            self._refused = refusal.code if refusal.code in TOKEN_GONE else self._refused
            raise
        self._refused = None
        return identity

    def _learn_app(self, team_id: str, bot_id: str) -> None:
        try:
            self.is_of_app(team_id, self._gateway.app_id(bot_id))
        except SlackRefused as refusal:
            log.warning("app not known: payloads of another can't be told from ours", error=str(refusal))

    def is_of_app(self, team_id: str, app_id: str) -> None:
        """Saves which app we are."""
        self.app_id = app_id
        self._roster.app_known(team_id, app_id=app_id)

    def greeted(self, app_id: str) -> None:
        """Saves which app we are, as Socket Mode's hello says."""
        if self.identity is not None:
            self.is_of_app(self.identity.team_id, app_id)

    def foreign(self, payload: Payload) -> Foreign | None:
        """Returns the part of a payload that is not ours, or None. A payload must be for this app, and come through
        this installation of it."""
        ours = {self.identity.team_id: self.app_id} if self.identity is not None else self._remembered
        if not ours or payload.get("type") == "url_verification" or payload.get("ssl_check"):
            return None
        team = _installed_in(payload)
        if team not in ours:
            return Foreign.WORKSPACE
        app = payload.get("api_app_id")
        return Foreign.APP if app is not None and ours[team] not in (None, app) else None

    def workspace_of(self, payload: Payload) -> str:
        """Returns the workspace to which a payload belongs. One token means one workspace. In a shared channel, people
        of other workspaces speak in it too."""
        return self.identity.team_id if self.identity is not None else _installed_in(payload)


def _installed_in(payload: Payload) -> str:
    """Returns the workspace through whose installation a payload comes. In a channel that companies share, the
    `team_id` of an event and the `team` of a form may be the other company's. Then `authorizations`, or the view, name
    ours."""
    team, view = payload.get("team"), payload.get("view") or {}
    told = payload.get("team_id") or (team.get("id") if isinstance(team, Mapping) else team)
    user = payload.get("user")
    own = user.get("team_id") if isinstance(user, Mapping) else None
    if payload.get("is_ext_shared_channel") and (named := payload.get("authorizations")):
        told = named[0].get("team_id") or told
    elif told and told == own and view.get("app_installed_team_id"):
        told = view["app_installed_team_id"]
    return str(told or own or "")

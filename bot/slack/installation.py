"""The workspace and the app that the bot's token belongs to, and whether a payload is about them."""

import time
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import structlog

from bot.slack.gateway import TOKEN_GONE, Gateway, Identity, SlackError, SlackRefused
from models.clock import SteadyClock
from models.workspace.roster import Roster

LOOK_SECONDS = 60
"""How often Slack is asked whether the token still works: the event that it does not may have been missed."""

Payload = Mapping[str, Any]

log = structlog.get_logger(__name__)


class Foreign(Enum):
    """What a payload belongs to that is not ours."""

    WORKSPACE = "workspace"
    APP = "app"


class Installation:
    """Learns from Slack which workspace, user and app the token is of. Until Slack has said so, what it said before an
    earlier start counts; on the very first start, what payloads say."""

    def __init__(self, gateway: Gateway, roster: Roster, *, steady: SteadyClock = time.monotonic) -> None:
        self._steady = steady
        self._gateway = gateway
        self._roster = roster
        self._remembered: Mapping[str, str | None] = {}
        self.identity: Identity | None = None
        self._refused: str | None = None
        """With which code Slack last refused the token, if it did when it was last asked."""
        self._looked_at = self._steady()
        self.app_id: str | None = None

    def remember(self) -> None:
        """Look up what Slack said before an earlier start."""
        self._remembered = self._roster.installations()

    def identify(self) -> Identity:
        """Ask Slack, and remember it. Raises SlackError."""
        identity = self._ask()
        self._roster.installed(identity.team_id, bot_user_id=identity.user_id, url=identity.url)
        self.identity = identity
        if identity.bot_id and not self.app_id:
            self._learn_app(identity.team_id, identity.bot_id)
        return identity

    def shut_out(self) -> str | None:
        """Why Slack takes nothing from us, here or as another process has heard; None if it does, or may."""
        known = self._roster.shut_outs()
        if self.identity is not None:
            return known.get(self.identity.team_id) or self._refused
        return self._refused or next(iter(known.values()), None)

    def look(self, *, at: datetime) -> bool:
        """Ask Slack from time to time whether the token works, and each time while it does not; whether it now does
        again."""
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
        """Remember which app we are."""
        self.app_id = app_id
        self._roster.app_known(team_id, app_id=app_id)

    def greeted(self, app_id: str) -> None:
        """Socket Mode said hello, and to which app."""
        if self.identity is not None:
            self.is_of_app(self.identity.team_id, app_id)

    def foreign(self, payload: Payload) -> Foreign | None:
        """What of a payload is not ours, if anything: it must be of this app, and through this installation of it."""
        ours = {self.identity.team_id: self.app_id} if self.identity is not None else self._remembered
        if not ours or payload.get("type") == "url_verification" or payload.get("ssl_check"):
            return None
        team = _installed_in(payload)
        if team not in ours:
            return Foreign.WORKSPACE
        app = payload.get("api_app_id")
        return Foreign.APP if app is not None and ours[team] not in (None, app) else None

    def workspace_of(self, payload: Payload) -> str:
        """The workspace that a payload belongs to. One token is one workspace: people of others, in a shared channel,
        speak in it too."""
        return self.identity.team_id if self.identity is not None else _installed_in(payload)


def _installed_in(payload: Payload) -> str:
    """The workspace through whose installation a payload comes. In a channel that companies share, `team_id` of an
    event and `team` of a form may be the other's: then `authorizations`, or the view, name ours."""
    team, view = payload.get("team"), payload.get("view") or {}
    told = payload.get("team_id") or (team.get("id") if isinstance(team, Mapping) else team)
    user = payload.get("user")
    own = user.get("team_id") if isinstance(user, Mapping) else None
    if payload.get("is_ext_shared_channel") and (named := payload.get("authorizations")):
        told = named[0].get("team_id") or told
    elif told and told == own and view.get("app_installed_team_id"):
        told = view["app_installed_team_id"]
    return str(told or own or "")

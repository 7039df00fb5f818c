"""The workspace that the bot's token belongs to."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from bot.slack.gateway import TOKEN_GONE, Gateway, Identity, SlackError, SlackRefused
from models.roster import Roster

LOOK_SECONDS = 60
"""How often Slack is asked whether the token still works: the event that it does not may have been missed."""

log = structlog.get_logger(__name__)


class Installation:
    """Learns from Slack which workspace and which user the token is; works without knowing, from what payloads say."""

    def __init__(self, gateway: Gateway, roster: Roster) -> None:
        self._gateway = gateway
        self._roster = roster
        self.identity: Identity | None = None
        self._refused: str | None = None
        """With which code Slack last refused the token, if it did when it was last asked."""
        self._looked_at = time.monotonic()

    def identify(self) -> Identity:
        """Ask Slack, and remember it. Raises SlackError."""
        identity = self._ask()
        self._roster.installed(identity.team_id, bot_user_id=identity.user_id, url=identity.url)
        self.identity = identity
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
        if not known and self._refused is None and time.monotonic() - self._looked_at < LOOK_SECONDS:
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
        self._looked_at = time.monotonic()
        try:
            identity = self._gateway.who_am_i()
        except SlackRefused as refusal:
            self._refused = refusal.code if refusal.code in TOKEN_GONE else self._refused
            raise
        self._refused = None
        return identity

    def workspace_of(self, payload: Mapping[str, Any]) -> str:
        """The workspace that a payload belongs to. One token is one workspace: people of others, in a shared channel,
        speak in it too."""
        if self.identity is not None:
            return self.identity.team_id
        team, user = payload.get("team"), payload.get("user")
        told = [payload.get("team_id"), team if isinstance(team, str) else (team or {}).get("id")]
        told.append(user.get("team_id") if isinstance(user, dict) else None)
        return next((str(one) for one in told if one), "")

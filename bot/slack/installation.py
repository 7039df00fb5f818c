"""The workspace that the bot's token belongs to."""

from collections.abc import Mapping
from typing import Any

from bot.slack.gateway import Gateway, Identity
from models.roster import Roster


class Installation:
    """Learns from Slack which workspace and which user the token is; works without knowing, from what payloads say."""

    def __init__(self, gateway: Gateway, roster: Roster) -> None:
        self._gateway = gateway
        self._roster = roster
        self.identity: Identity | None = None

    def identify(self) -> Identity:
        """Ask Slack, and remember it. Raises SlackError."""
        identity = self._gateway.who_am_i()
        self._roster.installed(identity.team_id, bot_user_id=identity.user_id)
        self.identity = identity
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

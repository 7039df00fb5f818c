"""Names for the people and things that people speak of: those that Baton knows, or those that Slack tells."""

import structlog

from bot.slack.gateway import SlackError, SlackRefused
from bot.slack.ids import is_group, is_person
from bot.slack.mentions import in_words
from handlers.deps import Deps
from models.rules.callers import Caller

# The most names that Baton asks Slack for at once, because Slack allows three seconds for an answer. Others stay open.
MOST_LOOK_UPS = 3
log = structlog.get_logger(__name__)


def spoken(deps: Deps, by: Caller, text: str) -> str:
    """Returns what somebody typed, with the people and channels that it mentions as words."""
    names = _Names(deps, by.workspace_id)
    return in_words(text, names.of)


class _Names:
    """Asks for each name once, and asks no more once Slack does not answer."""

    def __init__(self, deps: Deps, workspace_id: str) -> None:
        self._deps = deps
        self._workspace_id = workspace_id
        self._known: dict[str, str | None] = {}
        self._left = MOST_LOOK_UPS

    def of(self, identifier: str) -> str | None:
        if identifier not in self._known:
            self._known[identifier] = self._kept(identifier) or self._name_in_slack(identifier)
        return self._known[identifier]

    def _kept(self, identifier: str) -> str | None:
        person = self._deps.roster.person(self._workspace_id, identifier) if is_person(identifier) else None
        return person.name if person else None

    def _name_in_slack(self, identifier: str) -> str | None:
        """Returns how Slack calls it, or None if Slack does not say."""
        if not self._left or is_group(identifier):
            return None
        self._left -= 1
        try:
            if is_person(identifier):
                return self._deps.gateway.profile(identifier).name or None
            return self._deps.gateway.channel_name(identifier)
        except SlackRefused:
            return None
        except SlackError as error:
            log.info("name not known", about=identifier, error=str(error))
            self._left = 0
            return None

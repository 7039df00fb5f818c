"""Which button makes which move, and which buttons a person may use."""

from collections.abc import Mapping, Sequence

from bot.slack.ids import Action
from bot.slack.views.blocks import Block
from models.errors import PersonId
from models.handoffs.briefs import Listed, may_fix, moves_open_to
from models.rules.lifecycle import Move
from models.rules.terms import Terms

MOVES: Mapping[Action, Move] = {
    Action.ACCEPT: Move.ACCEPT,
    Action.REJECT: Move.REJECT,
    Action.WITHDRAW: Move.WITHDRAW,
    Action.RETURN: Move.RETURN,
    Action.HAND: Move.HAND,
    Action.TAKE: Move.TAKE,
    Action.CONTACT: Move.CONTACT,
    Action.CONTACT_AGAIN: Move.CONTACT,
    Action.QUALIFY: Move.QUALIFY,
    Action.DISQUALIFY: Move.DISQUALIFY,
    Action.WIN: Move.WIN,
    Action.LOSE: Move.LOSE,
    Action.ANSWER: Move.ANSWER,
    Action.CONTEST: Move.CONTEST,
    Action.UPHOLD: Move.UPHOLD,
    Action.OVERTURN: Move.OVERTURN,
    Action.EDIT: Move.EDIT,
}


def usable(buttons: Sequence[Block], one: Listed, terms: Terms, person: PersonId) -> list[Block]:
    """Returns those of the buttons of this handoff that this person may use."""
    roles = terms.roles(terms.caller(person))
    moves = moves_open_to(one.handoff, person, roles)

    def may(action: Action) -> bool:
        if action is Action.FIX:
            return may_fix(roles)
        return action not in MOVES or MOVES[action] in moves

    return [button for button in buttons if may(Action(button["action_id"]))]

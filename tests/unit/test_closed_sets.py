"""A table with a row for each member of a closed set has one for every member. What is missing on purpose is named.

For `match` over such a set, mypy says the same. Tables of what Slack sends are compared in test_docs.py.
"""

from collections.abc import Iterable
from typing import get_args

import pytest

from bot.slack import moves as slack
from bot.slack.views import alarm, card, deadlines
from jobs.compose import Composer
from models.due.findings import FindingKind
from models.errors import DatabaseProblem
from models.outbox import queue
from models.rules import agreement, ladders, lifecycle, moves, promises
from models.rules.agreement import DEFAULT_EMOJI, FEEDBACK, WEEKDAYS, Meaning, Weekday
from models.rules.destinations import Destination
from models.rules.lifecycle import OPEN_STATES, Move, State
from models.rules.messages import MessageKind, Then
from models.storage import problems

# Flagging has an operation of its own, and undoing has no rule: it puts back what was there. A line that says how a
# handoff stood is nobody's move.
NO_RULE = {Move.FLAG, Move.UNDO, Move.STOOD}
# Editing changes the fields of a lead, and no column of the handoff.
NO_EFFECT = NO_RULE | {Move.EDIT}

TABLES: dict[str, tuple[Iterable[object], Iterable[object]]] = {
    "what a move needs (RULES in models/rules/lifecycle.py)": (lifecycle.RULES, set(Move) - NO_RULE),
    "what a move changes (EFFECTS in models/rules/moves.py)": (moves.EFFECTS, set(Move) - NO_EFFECT),
    "what a move was (PAST in models/rules/lifecycle.py)": (lifecycle.PAST, Move),
    "what a state allows (ADVICE in models/rules/lifecycle.py)": (lifecycle.ADVICE, State),
    "the usual steps of a promise (DEFAULT_STEPS in models/rules/ladders.py)": (ladders.DEFAULT_STEPS, ladders.What),
    "what is owed in an open state (OWED in models/rules/promises.py)": (promises.OWED, OPEN_STATES),
    "what is asked in an open state (ASKED in bot/slack/views/deadlines.py)": (deadlines.ASKED, OPEN_STATES),
    "what a move is in Slack (MOVES in bot/slack/moves.py)": (slack.MOVES, set(Move) - NO_EFFECT),
    "the emoji for a meaning (DEFAULT_EMOJI in models/rules/agreement.py)": (DEFAULT_EMOJI.values(), Meaning),
    "which move a reaction makes (`reaction` of MOVES in bot/slack/moves.py)": (
        slack.MOVE_OF_REACTION,
        set(Meaning) - set(FEEDBACK),
    ),
    "what feedback says (MEANINGS in bot/slack/views/card.py)": (card.MEANINGS, FEEDBACK),
    "what composes a message (COMPOSED_BY in jobs/compose.py)": (Composer.COMPOSED_BY, MessageKind),
    "what follows once a message is there (FOLLOWS in models/outbox/queue.py)": (queue.FOLLOWS, Then),
    "what is said of a finding (WORDS in bot/slack/views/alarm.py)": (alarm.WORDS, FindingKind),
    "the days of the week (WEEKDAYS in models/rules/agreement.py)": (WEEKDAYS, get_args(Weekday)),
    "which errors are a database problem (SQLITE and POSTGRES in models/storage/problems.py)": (
        [*problems.SQLITE.values(), *problems.POSTGRES.values()],
        DatabaseProblem,
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_a_closed_set_has_all_of_it(table: str) -> None:
    there, members = map(set, TABLES[table])
    assert members - there == set(), f"{table}: there is no entry for these"
    assert there - members == set(), f"{table}: these are no members of the set"


def test_the_words_on_a_button_say_whether_a_form_opens() -> None:
    assert {move for move, entry in slack.MOVES.items() if entry.label.endswith("…")} == set(slack.FORMS)


def test_a_reaction_that_opens_a_form_has_words_that_name_the_lead() -> None:
    asked = [slack.MOVES[move] for move in slack.MOVE_OF_REACTION.values() if move in slack.FORMS]
    assert [entry.label for entry in asked if "{lead}" not in entry.reaction_asks] == []


def test_each_destination_and_each_stage_is_that_of_a_default_reason() -> None:
    reasons = agreement.DEFAULT_REASONS.values()
    unused = set(Destination) - {reason.destination for reason in reasons}
    assert not unused, f"models/rules/agreement.py: no default reason has the destination {', '.join(unused)}"
    assert {reason.stage for reason in reasons} == set(agreement.Stage)

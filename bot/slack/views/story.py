"""The whole story of a handoff: how to reach the lead, what happened, what was said, and what was before."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.slack.ids import Form
from bot.slack.text import clamp, mention, quoted, when
from bot.slack.views.blocks import Block, Message, context, divider, fields, message, modal, section, typed
from bot.slack.views.card import MEANINGS, card, earlier_line, happened, linked_title, reach, status
from models.errors import PersonId
from models.handoffs.queries import HandoffFacts, Reminder
from models.rules.agreement import Agreement
from models.rules.rows import CommentRow, FeedbackRow, HandoffRow, LedgerRow

Told = TypeVar("Told")
# The most blocks of each part. With their headings they are thirty-three, so a message has room for the card before
# them.
HISTORY, FEEDBACK, COMMENTS, EARLIER = 8, 2, 5, 6
# The most characters of the lines in one block.
BLOCK = 2900


def details(facts: HandoffFacts, *, now: datetime) -> Block:
    """Returns the window behind *Details*."""
    handoff = facts.handoff
    blocks = [
        section(linked_title(facts)),
        fields([*reach(handoff, facts.lead), f"flagged by {mention(handoff.flagged_by)} {when(handoff.flagged_at)}"]),
        *([typed(f"“{clamp(handoff.why_now, 2900)}”")] if handoff.why_now else []),
        section(status(facts, now)),
        *_story_blocks(facts),
    ]
    return modal(f"Handoff #{handoff.number}", Form.DETAILS, blocks, close="Close")


def lead(facts: HandoffFacts, person: PersonId, *, now: datetime) -> Message:
    """Returns the answer to `/baton lead 42`: the card with the buttons of its reader, and the story."""
    shown = card(facts, now=now, reader=person)
    return message(shown.text, [*shown.blocks, *_story_blocks(facts)])


def _story_blocks(facts: HandoffFacts) -> list[Block]:
    return [
        *_part("What happened", _happenings(facts), _happened, HISTORY),
        *_part("What people made of the lead", facts.feedback, _feedback, FEEDBACK),
        *_part("Comments", facts.comments, _comment, COMMENTS),
        *_part("The lead's other handoffs", _earlier(facts), partial(_other, facts.terms.agreement), EARLIER),
    ]


def _happenings(facts: HandoffFacts) -> list[LedgerRow | Reminder]:
    """Returns moves and reminders in the order of time."""
    return sorted([*facts.history, *facts.reminders], key=lambda one: one.at)


def _happened(one: LedgerRow | Reminder) -> str:
    if isinstance(one, LedgerRow):
        return happened(one, full=True)
    what = "was told that it is late" if one.due_at <= one.at else "was reminded"
    return f"{mention(one.person)} {what} {when(one.at)}"


def _feedback(one: FeedbackRow) -> str:
    return f"{mention(one.person)}: {MEANINGS.get(one.meaning, one.meaning)} {when(one.at)}"


def _comment(one: CommentRow) -> str:
    return f"{mention(one.person)} {when(one.at)}: {quoted(one.text, 600)}"


def _earlier(facts: HandoffFacts) -> list[HandoffRow | CommentRow]:
    """Returns the lead's other handoffs, oldest first, each followed by the comments in its thread."""
    said: dict[int, list[CommentRow]] = defaultdict(list)
    for comment in facts.earlier_comments:
        said[comment.handoff_id].append(comment)
    told: list[HandoffRow | CommentRow] = []
    for handoff in reversed(facts.earlier):
        told += [handoff, *said[handoff.id]]
    return told


def _other(agreement: Agreement, one: HandoffRow | CommentRow) -> str:
    return earlier_line(one, agreement) if isinstance(one, HandoffRow) else f"      {_comment(one)}"


def _part(heading: str, told: Sequence[Told], words: Callable[[Told], str], most: int) -> list[Block]:
    """Returns a heading and a line for each of the newest, as many as fit into `most` blocks, and how many older ones
    there are."""
    if not told:
        return []
    blocks: list[list[str]] = [[]]
    room = BLOCK
    left = len(told)
    for one in reversed(told):
        line = words(one)
        if len(line) + 1 > room:
            if len(blocks) == most:
                break
            blocks.append([])
            room = BLOCK
        blocks[-1].append(line)
        room -= len(line) + 1
        left -= 1
    older = [context(f"{left} older {'one is' if left == 1 else 'ones are'} left out here")] if left else []
    shown = [section("\n".join(reversed(block))) for block in reversed(blocks)]
    return [divider(), section(f"*{heading}*"), *older, *shown]

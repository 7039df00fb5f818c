"""The moves in Slack: one entry a move has all that is its own there, and what follows from the entries.

What a move is (who may make it, from which state to which) is in models/rules/lifecycle.py, and what it changes in
models/rules/moves.py. The ids of its button and form are made of its name (bot/slack/ids.py).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.slack import inputs
from bot.slack.ids import Action, action_of, form_of
from bot.slack.inputs import Input
from bot.slack.text import mention, money, when
from bot.slack.views.blocks import Block, button, confirm
from bot.slack.views.deadlines import ASKED
from models.errors import PersonId
from models.handoffs.listed import HandoffBrief, Listed
from models.handoffs.queries import HandoffFacts
from models.rules.agreement import Meaning
from models.rules.lifecycle import RULES, Move, State, may_flag, moves_open_to
from models.rules.rows import LedgerRow, standing
from models.rules.terms import Terms


@dataclass(frozen=True, kw_only=True)
class News:
    """What the message about a move may say, in mrkdwn. `lead` is its title, `why` the reason, `said` the note (with
    what separates it from the words before), and `goes` where the lead goes now."""

    facts: HandoffFacts
    line: LedgerRow
    who: str
    lead: str
    why: str
    said: str
    goes: str

    @property
    def owner(self) -> str:
        return mention(self.line.owner or "")

    @property
    def value(self) -> str:
        return money(self.line.detail.get("value_cents") or 0, self.facts.handoff.currency)


def moved(news: News) -> str:
    """Returns the sentence about a move of which nothing more is to be said."""
    return f"{news.who} moved {news.lead}: {news.line.state}{news.said}."


def always(_one: Listed) -> bool:
    return True


def never(_one: Listed) -> bool:
    return False


# What to do if Slack does not open a window.
CLICK_AGAIN = "I could not open the form. Please click again."


@dataclass(frozen=True, kw_only=True)
class MoveForm:
    """The form of a move. `otherwise` says what to do if Slack does not open it. `title`: see `MoveEntry.title`. Empty:
    what stands on the move's button."""

    inputs: tuple[Input, ...]
    title: str = ""
    otherwise: Callable[[HandoffBrief], str] = lambda _: CLICK_AGAIN


@dataclass(frozen=True, kw_only=True)
class MoveEntry:
    """A move in Slack."""

    # What stands on its button. It ends in … if a form opens.
    label: str
    # What the marketer and the former owner read, if the rules tell them of the move.
    news: Callable[[News], str]
    # What Slack asks before the click counts.
    confirm: Block | None = None
    # The form that its button opens. None: the button makes the move at once.
    form: MoveForm | None = None
    # True if the card of this handoff shows the button, in the states that allow the move.
    on_card: Callable[[Listed], bool] = always
    # The state in which this move is the expected one. There its button stands first on the card, and stands out.
    expected_in: State | None = None
    # The states in which the lists of leads show the button.
    listed_in: Collection[State] = ()
    # What the person who made the move reads, given the lead's title. None: what the handoff's state now says.
    answer: Callable[[HandoffBrief, str], str] | None = None
    # The reaction on a card that makes the move. If the move has a form: the words beside the button that opens it.
    reaction: Meaning | None = None
    reaction_asks: str = "{lead}:"

    @property
    def title(self) -> str:
        """What stands above the form, before the number of the lead, and on the button that sends it."""
        return (self.form and self.form.title) or self.label.removesuffix("…")


def _is_with_another(facts: HandoffBrief, lead: str) -> str:
    asked, due = ASKED[facts.state].before, f" by {when(facts.due_at)}" if facts.due_at else ""
    return f"{lead} is with {mention(facts.handoff.owner or '')} now, who has the whole time anew: {asked}{due}."


def _reject_by_command(facts: HandoffBrief) -> str:
    codes = ", ".join(facts.terms.agreement.codes(Move.REJECT))
    return f"I could not open the form. Write `/reject {facts.handoff.number} REASON note`; the reasons: {codes}."


def _qualified(news: News) -> str:
    close = f", expected to close on {news.facts.handoff.expected_close}" if news.facts.handoff.expected_close else ""
    return f"{news.who} qualified {news.lead}: {news.value}{close}{news.said}."


_WHAT_YOU_FOUND = inputs.note(
    "In a few words",
    optional=True,
    longest=3000,
    placeholder="What did you find?",
    hint="The marketer reads this, and the weekly digest may quote it.",
)

# In the order in which buttons stand. Edits have a form of their own (views/forms.py), and flagging is no button of a
# handoff.
MOVES: Mapping[Move, MoveEntry] = {
    Move.ACCEPT: MoveEntry(
        label="Accept",
        expected_in=State.OFFERED,
        listed_in=[State.OFFERED],
        news=lambda news: f"{news.who} accepted {news.lead}{news.said}.",
        reaction=Meaning.ACCEPT,
    ),
    Move.REJECT: MoveEntry(
        label="Reject…",
        form=MoveForm(inputs=(inputs.reason(Move.REJECT), _WHAT_YOU_FOUND), otherwise=_reject_by_command),
        listed_in=[State.OFFERED],
        news=lambda news: f"{news.who} rejected {news.lead}: {news.why}{news.said}. It is {news.goes}.",
        reaction=Meaning.REJECT,
        reaction_asks="Say why you reject {lead}:",
    ),
    Move.WITHDRAW: MoveEntry(
        label="Withdraw", confirm=confirm("Withdraw this lead?", "Sales will not work it.", "Withdraw"), news=moved
    ),
    Move.CONTACT: MoveEntry(
        label="Log contact",
        expected_in=State.ACCEPTED,
        listed_in=[State.ACCEPTED, State.WORKING],
        news=moved,
        reaction=Meaning.CONTACTED,
    ),
    Move.QUALIFY: MoveEntry(
        label="Qualify…",
        form=MoveForm(
            inputs=(inputs.value("Value of the opportunity", placeholder="12,000"), inputs.expected_close()),
        ),
        expected_in=State.WORKING,
        listed_in=[State.WORKING],
        news=_qualified,
    ),
    Move.RETURN: MoveEntry(
        label="Return…",
        form=MoveForm(inputs=(inputs.note("Why do you give it back?"),)),
        listed_in=[State.ACCEPTED],
        news=lambda news: f"{news.who} gave {news.lead} back{news.said}. It is on offer again, now to {news.owner}.",
    ),
    Move.DISQUALIFY: MoveEntry(
        label="Disqualify…",
        form=MoveForm(inputs=(inputs.reason(Move.DISQUALIFY), _WHAT_YOU_FOUND)),
        listed_in=[State.WORKING],
        news=lambda news: f"{news.who} disqualified {news.lead}: {news.why}{news.said}. It is {news.goes}.",
    ),
    Move.WIN: MoveEntry(
        label="Won…",
        form=MoveForm(inputs=(inputs.value("Value", known=True),)),
        expected_in=State.QUALIFIED,
        listed_in=[State.QUALIFIED],
        news=lambda news: f"{news.who} won {news.lead}: {news.value}{news.said}.",
        reaction=Meaning.WON,
        reaction_asks="{lead} is won?",
    ),
    Move.LOSE: MoveEntry(
        label="Lost…",
        form=MoveForm(inputs=(inputs.note("What decided it", optional=True),)),
        listed_in=[State.QUALIFIED],
        news=lambda news: f"{news.who} lost {news.lead}{news.said}.",
    ),
    Move.CONTEST: MoveEntry(
        label="Contest…",
        form=MoveForm(inputs=(inputs.note("Why is the rejection wrong?"),)),
        on_card=lambda one: not one.handoff.contested,
        news=moved,
        answer=lambda _, lead: f"You contest the rejection of {lead}; a manager rules on it.",
    ),
    Move.ANSWER: MoveEntry(
        label="Understood",
        on_card=lambda one: one.reply is not None,
        listed_in=[State.REJECTED],
        news=moved,
        answer=lambda _, lead: f"The rejection of {lead} is answered: nobody waits for you any more.",
    ),
    Move.HAND: MoveEntry(
        label="Hand to…",
        form=MoveForm(
            title="Hand on",
            inputs=(
                inputs.person("Hand it to", hint="A rep or a manager; their time begins anew."),
                inputs.note(
                    "Why, in a few words", optional=True, hint="They read this, and so does whoever has it now."
                ),
            ),
        ),
        on_card=never,
        news=lambda news: f"{news.who} handed {news.lead} to {news.owner}: it is no longer with you{news.said}.",
        answer=_is_with_another,
    ),
    Move.TAKE: MoveEntry(
        label="Take it",
        on_card=never,
        news=lambda news: f"{news.who} took {news.lead}: it is no longer with you.",
        answer=_is_with_another,
    ),
    Move.OVERTURN: MoveEntry(
        label="Overturn",
        on_card=never,
        news=lambda news: (
            f"{news.who} looked at {news.lead} and overturned the rejection: it is on offer again{news.said}."
        ),
    ),
    Move.UPHOLD: MoveEntry(
        label="Uphold",
        on_card=never,
        news=lambda news: f"{news.who} looked at {news.lead} and upheld the rejection{news.said}.",
        answer=lambda facts, lead: f"The rejection of {lead} stands; {mention(facts.handoff.flagged_by)} hears of it.",
    ),
}

# What follows from the entries.
MOVE_OF_ACTION: Mapping[str, Move] = {action_of(move): move for move in MOVES}
FORMS: Mapping[Move, MoveForm] = {move: entry.form for move, entry in MOVES.items() if entry.form is not None}
MOVE_OF_FORM: Mapping[str, Move] = {form_of(move): move for move in FORMS}
MOVE_OF_REACTION: Mapping[Meaning, Move] = {
    entry.reaction: move for move, entry in MOVES.items() if entry.reaction is not None
}


def move_button(move: Move, of: int, *, style: str | None = None) -> Block:
    """Returns the button that makes this move of the handoff with this id, or opens its form."""
    entry = MOVES[move]
    return button(entry.label, action_of(move), of, style=style, confirm=entry.confirm)


def card_buttons(one: Listed, state: State) -> list[Block]:
    """Returns the buttons of the moves that the card of a handoff in this state shows, the expected move first."""
    shown = [move for move, entry in MOVES.items() if state in RULES[move].leads and entry.on_card(one)]
    shown.sort(key=lambda move: MOVES[move].expected_in is not state)
    return [move_button(move, one.id, style="primary" if MOVES[move].expected_in is state else None) for move in shown]


def listed_buttons(one: Listed) -> list[Block]:
    """Returns the buttons of the moves that a list shows beside this handoff."""
    return [move_button(move, one.id) for move, entry in MOVES.items() if one.handoff.state in entry.listed_in]


def usable(buttons: Sequence[Block], one: Listed, terms: Terms, person: PersonId) -> list[Block]:
    """Returns those of the buttons of this handoff that this person may use."""
    roles = terms.roles(terms.caller(person))
    moves = moves_open_to(standing(one.handoff), person, roles)

    def may(action: str) -> bool:
        if action == Action.FIX:
            return may_flag(roles)
        move = Move.EDIT if action == Action.EDIT else MOVE_OF_ACTION.get(action)
        return move is None or move in moves

    return [button for button in buttons if may(button["action_id"])]

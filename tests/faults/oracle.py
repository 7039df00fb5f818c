"""What must hold, whatever failed: what people were told, what is recorded, and what Slack shows agree.

It takes evidence and returns one sentence for each thing that is wrong. It does no I/O, so it can be tested itself.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from models.rules.agreement import DEFAULT_EMOJI, FEEDBACK, Meaning
from models.rules.lifecycle import OPEN_STATES, RULES, Move, State
from tests.faults.crowd import Act, Reply, Told

# Kinds of messages that depend only on moves. They are always sent, and at once, because nobody leaves the company.
AT_ONCE = ("card", "turn", "news")
# What a reply or a reaction says before it is there, and after it was taken back.
GONE = "nothing"
TOLD_TO_THE_MARKETER = (
    *(Move.ACCEPT, Move.REJECT, Move.RETURN, Move.QUALIFY, Move.DISQUALIFY),
    *(Move.WIN, Move.LOSE, Move.UPHOLD, Move.OVERTURN),
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the ledger. `line`: its id. `owner`: who owes the next move after it. `undoes`: the entry that it
    takes back."""

    line: int
    number: int
    who: str
    move: Move
    to: State
    owner: str | None
    undoes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Lead:
    """A handoff as it is recorded, with the id that the keys of its messages have. `moves`: its own count of its moves.
    `owed`: somebody owes an answer to its rejection. `comes_up`: whoever owes the next step, or that answer, will be
    reminded of it."""

    id: int
    number: int
    email: str
    state: State
    moves: int
    owed: bool = False
    comes_up: bool = True


@dataclass(frozen=True, kw_only=True)
class Intention:
    """A row of the outbox, for a channel or a person. `words`: what its message must say by the present facts, or None
    if the words are not compared."""

    key: str
    lane: str
    token: str
    state: str
    ts: str | None
    words: str | None

    @property
    def kind(self) -> str:
        return self.key.split(":")[0]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message of the bot in Slack, in a channel or to a person."""

    token: str
    lane: str
    ts: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A reply as it is recorded, by its place in Slack."""

    number: int
    ts: str
    who: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """Somebody reacted to the message at `to`, or took a reaction back, as Slack reported at `ts`."""

    who: str
    to: str
    emoji: str
    given: bool
    ts: str


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """A reaction as it is recorded."""

    number: int
    who: str
    emoji: str
    meaning: Meaning
    given: bool


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A ledger line about a reply or a reaction. `about`: the reply's place in Slack, or who reacted with what.
    `words`: what it says from the event at `event_at` on, GONE if it was taken back."""

    number: int
    about: str
    words: str
    event_at: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    channel: str
    acts: list[Act]
    ledger: list[Entry]
    leads: list[Lead]
    outbox: list[Intention]
    shown: list[Shown]
    replies: list[Reply] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    # The replies and reactions that the bot has acknowledged, by their time in Slack.
    heard: frozenset[str] = frozenset()
    # How often each message was sent by a worker that was paused between its last check of its lease and the send. So
    # many extra copies may be there.
    overtaken: Counter[str] = field(default_factory=Counter)


def verdict(evidence: Evidence) -> list[str]:
    """Returns everything that is wrong. Empty if all is well."""
    checks = (
        *(acknowledged, numbers_told, one_owner, losers_know, one_open, none_forgotten),
        *(messages_asked_for, shown_once, shown_where_it_belongs, shown_as_written),
        *(replies_kept, feedback_kept, remarks_in_the_ledger),
    )
    return [problem for check in checks for problem in check(evidence)]


def acknowledged(evidence: Evidence) -> Iterator[str]:
    """If somebody was told that a move is done, it is done. Nothing is done more often than somebody tried."""
    emails = {lead.number: lead.email for lead in evidence.leads}
    done = Counter(
        (entry.who, entry.move, emails[entry.number] if entry.move is Move.FLAG else str(entry.number))
        for entry in evidence.ledger
    )
    tried: Counter[tuple[str, Move, str]] = Counter()
    told: Counter[tuple[str, Move, str]] = Counter()
    for act in evidence.acts:
        tried[act.who, act.move, act.about] += 1
        told[act.who, act.move, act.about] += act.told is Told.DONE
    for key in tried.keys() | done.keys():
        who, move, about = key
        if told[key] > done[key]:
            yield f"{who} was told {told[key]} times that their {move} of {about} is done; it was {done[key]} times"
        if done[key] > tried[key]:
            yield f"{who} tried {tried[key]} times to {move} {about}; it was done {done[key]} times"


def numbers_told(evidence: Evidence) -> Iterator[str]:
    """A marketer is told the number of their own lead."""
    emails = {str(lead.number): lead.email for lead in evidence.leads}
    for act in evidence.acts:
        if act.move is Move.FLAG and act.told is not Told.NOTHING:
            number = re.search(r"#(\d+)", act.words)
            if number is None or emails.get(number[1]) != act.about:
                yield f"{act.who} was told of {act.about}: {act.words!r}, and that is another lead or none"


def one_owner(evidence: Evidence) -> Iterator[str]:
    """Each move was legal when it was made, so nobody took what somebody else had. The last move gives the present
    state."""
    stands: dict[int, State] = {}
    moves = Counter(entry.number for entry in evidence.ledger)
    stood: dict[int, tuple[str, State | None]] = {}  # who made each entry that still counts, and the state before it
    for entry in evidence.ledger:
        before = stands.get(entry.number)
        if entry.move is Move.UNDO:
            who, then = stood.pop(entry.undoes or 0, ("nobody", None))
            legal = entry.to == (then or State.WITHDRAWN) and entry.who == who
        elif entry.move is Move.FLAG:
            legal = before is None
        else:
            legal = before is not None and RULES[entry.move].leads.get(before) == entry.to
        if not legal:
            yield f"{entry.who} could {entry.move} #{entry.number}, which was {before or 'not there'}"
        if entry.move is not Move.UNDO:
            stood[entry.line] = (entry.who, before)
        stands[entry.number] = entry.to
    for lead in evidence.leads:
        if stands.get(lead.number) != lead.state:
            yield f"#{lead.number} is {lead.state}, and by the ledger {stands.get(lead.number, 'not there')}"
        if moves[lead.number] != lead.moves:
            yield f"#{lead.number} was moved {lead.moves} times, and by the ledger {moves[lead.number]} times"


def losers_know(evidence: Evidence) -> Iterator[str]:
    """Whoever could not accept a lead was told who moved it."""
    movers: dict[str, set[str]] = defaultdict(set)
    for entry in evidence.ledger:
        if entry.move is not Move.FLAG:  # a flag keeps nobody from a lead
            movers[str(entry.number)].add(entry.who)
    for act in evidence.acts:
        if act.move is Move.ACCEPT and act.told is Told.REFUSED:
            named = set(re.findall(r"<@(\w+)>", act.words)) or ({act.who} if "You " in act.words else set())
            if not named & movers[act.about]:
                yield f"{act.who} could not accept #{act.about} and was not told who had moved it: {act.words!r}"


def one_open(evidence: Evidence) -> Iterator[str]:
    """A lead has at most one open handoff."""
    opened = Counter(lead.email for lead in evidence.leads if lead.state in OPEN_STATES)
    for email, count in opened.items():
        if count > 1:
            yield f"{email} is handed over {count} times at once"


def none_forgotten(evidence: Evidence) -> Iterator[str]:
    """Whatever somebody owes comes up again."""
    for lead in evidence.leads:
        if (lead.state in OPEN_STATES or lead.owed) and not lead.comes_up:
            yield f"#{lead.number} is {lead.state}, and nobody will be reminded of it"


def messages_asked_for(evidence: Evidence) -> Iterator[str]:
    """Whoever must hear of a move has a message in the outbox. A message that depends on moves has a move that asks for
    it."""
    asked = _asked_for(evidence)
    wanted = {row.key: row.lane for row in evidence.outbox if row.kind in AT_ONCE}
    for key, lane in asked.items():
        if wanted.get(key) != lane:
            yield f"{key} should be in the outbox for {lane}, and is there for {wanted.get(key, 'nobody')}"
    for key in wanted.keys() - asked.keys():
        yield f"{key} is in the outbox, and no move asks for it"


def _asked_for(evidence: Evidence) -> dict[str, str]:
    """Returns the messages that the ledger asks for, and whom each is for. Every rejection here has the reason bad
    data, so marketing owes an answer to each."""
    asked: dict[str, str] = {}
    ids = {lead.number: lead.id for lead in evidence.leads}
    marketers: dict[int, str] = {}
    owners: dict[int, str | None] = {}
    versions: Counter[int] = Counter()
    for entry in evidence.ledger:
        number, handoff = entry.number, ids[entry.number]
        versions[number] += 1
        marketer = marketers.setdefault(number, entry.who)
        if entry.move is Move.FLAG:
            asked[f"card:{handoff}"] = evidence.channel
        if entry.owner and entry.owner != owners.get(number) and entry.move is not Move.UNDO:
            asked[f"turn:{handoff}:{versions[number]}"] = entry.owner
        if entry.move in TOLD_TO_THE_MARKETER and entry.who != marketer:
            asked[f"news:{handoff}:{entry.line}"] = marketer
        if entry.move in (Move.HAND, Move.TAKE) and owners[number] != entry.who:
            asked[f"news:{handoff}:{entry.line}"] = owners[number] or ""
        owners[number] = entry.owner
    return asked


def shown_once(evidence: Evidence) -> Iterator[str]:
    """Each wanted message is there once. Each message that is there was wanted."""
    times = Counter(message.token for message in evidence.shown)
    wanted = {row.token for row in evidence.outbox}
    ids = {lead.number: lead.id for lead in evidence.leads}
    undone = {f"news:{ids[entry.number]}:{entry.undoes}" for entry in evidence.ledger if entry.undoes}
    for row in evidence.outbox:
        more, overtaken = times[row.token] - 1, evidence.overtaken[row.key]
        if more > overtaken:
            yield f"{row.key} is there {more} times more than wanted, and was overtaken {overtaken} times"
    for message in evidence.shown:
        if message.token not in wanted:
            yield f"a message that nobody wanted: {message.words!r}"
    for row in evidence.outbox:
        if row.state == "dead":
            yield f"{row.key} was given up"
        elif row.kind in AT_ONCE and (row.state != "done" or (row.ts is None and row.key not in undone)):
            yield f"{row.key} is {row.state}, and shown {f'at {row.ts}' if row.ts else 'nowhere'}"
        elif row.state == "done" and row.ts and not times[row.token]:
            yield f"{row.key} counts as shown, and is not there"


def shown_where_it_belongs(evidence: Evidence) -> Iterator[str]:
    """Every message is in the channel, or with the person, that it is for."""
    lanes = {row.token: row.lane for row in evidence.outbox}
    for message in evidence.shown:
        lane = lanes.get(message.token, message.lane)
        if message.lane != lane:
            yield f"a message for {lane} is shown to {message.lane}: {message.words!r}"


def shown_as_written(evidence: Evidence) -> Iterator[str]:
    """Every message says what is recorded."""
    words = {message.ts: message.words for message in evidence.shown}
    for row in evidence.outbox:
        if row.ts and row.words is not None and row.ts in words and words[row.ts] != row.words:
            yield f"{row.key} shows {words[row.ts]!r}, and it should be {row.words!r}"


def replies_kept(evidence: Evidence) -> Iterator[str]:
    """Each reply under a card is one comment, with the same words, once the bot has acknowledged it. There are no
    others."""
    cards = _numbers(evidence, "card")
    kept: dict[str, list[Comment]] = defaultdict(list)
    for comment in evidence.comments:
        kept[comment.ts].append(comment)
    for reply in evidence.replies:
        there = kept.pop(reply.ts, [])
        number = cards.get(reply.to)
        should = [] if number is None else [Comment(number=number, ts=reply.ts, who=reply.who, words=reply.words)]
        if there != should and (there or reply.ts in evidence.heard):
            yield f"{reply.who} replied {reply.words!r} to {reply.to}; kept is {there}, and it should be {should}"
    for comment in (comment for comments in kept.values() for comment in comments):
        yield f"a comment that nobody wrote: {comment}"


def feedback_kept(evidence: Evidence) -> Iterator[str]:
    """The last reaction of a person to a lead is recorded, once the bot has acknowledged it. There is no other
    feedback."""
    about = _numbers(evidence, "card", "turn")
    last: dict[tuple[int, str, str], Reaction] = {}
    for one in sorted(evidence.reactions, key=lambda one: one.ts):
        if one.to in about and DEFAULT_EMOJI.get(one.emoji) in FEEDBACK:
            last[about[one.to], one.who, one.emoji] = one
    kept = {(one.number, one.who, one.emoji): one for one in evidence.feedback}
    for key, one in last.items():
        number, who, emoji = key
        should = Feedback(number=number, who=who, emoji=emoji, meaning=DEFAULT_EMOJI[emoji], given=one.given)
        if one.ts in evidence.heard and kept.get(key) != should:
            yield f"{who} reacted to #{number}; kept is {kept.get(key)}, and it should be {should}"
    for key in kept.keys() - last.keys():
        yield f"feedback that nobody gave: {kept[key]}"


def remarks_in_the_ledger(evidence: Evidence) -> Iterator[str]:
    """The last ledger line about a reply or a reaction says what is kept of it. Each line says something new."""
    kept = {(one.number, one.ts): one.words for one in evidence.comments}
    kept |= {
        (one.number, f"{one.who} {one.emoji}"): one.meaning.value if one.given else GONE for one in evidence.feedback
    }
    told: dict[tuple[int, str], list[str]] = defaultdict(lambda: [GONE])
    for remark in sorted(evidence.remarks, key=lambda one: one.event_at):
        told[remark.number, remark.about].append(remark.words)
    for key in kept.keys() | told.keys():
        number, about = key
        if told[key][-1] != kept.get(key, GONE):
            yield f"kept of {about} on #{number} is {kept.get(key, GONE)!r}, and by the ledger {told[key][-1]!r}"
        if any(words == again for words, again in pairwise(told[key])):
            yield f"the ledger says the same of {about} on #{number} twice: {told[key]}"


def _numbers(evidence: Evidence, *kinds: str) -> dict[str, int]:
    """Returns the number of the lead for each message of these kinds, by its place."""
    numbers = {lead.id: lead.number for lead in evidence.leads}
    return {row.ts: numbers[int(row.key.split(":")[1])] for row in evidence.outbox if row.ts and row.kind in kinds}

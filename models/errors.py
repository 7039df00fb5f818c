"""Refusals: what a person reads when Baton can't do something. The docstring of each class is its sentence.

Facts fill the braces of the sentence. They keep their types (`PersonId`, `datetime`), so that a view can show a mention
or a relative time. `str()` gives the plain form for logs and the command line.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class PersonId(str):
    """A person's id in the chat. Views show it as a mention of that person."""

    __slots__ = ()


class DatabaseProblem(StrEnum):
    """A database problem. The words complete the sentence “the database …”. Each problem passes, or somebody can fix
    it, without a restart of Baton."""

    LOCKED = "is locked by something that takes long"
    BUSY = "has more to do than it can"
    FULL = "is out of room: its disk is full, or does not take what is written"
    READ_ONLY = "can only be read: its file or folder is write-protected, or the server is a standby"
    CLOSED = "can't be opened: its file or folder is missing, or Baton may not use it"
    DAMAGED = "is damaged: restore a backup"
    DOWN = "does not answer"


class Refused(Exception):  # noqa: N818 - a person reads this refusal, it is no failure of the program
    """That can't be done."""

    def __init__(self, **facts: object) -> None:
        super().__init__(*facts.values())
        self.facts = facts

    def sentence(self, show: Callable[[object], str] = str) -> str:
        """Returns the refusal in words. `show` turns each fact into text."""
        template = " ".join((inspect.getdoc(type(self)) or "").split())
        return template.format_map({name: show(fact) for name, fact in self.facts.items()})

    def __str__(self) -> str:
        return self.sentence()


class NotSetUp(Refused):
    """Baton is not set up here yet. Run `/baton setup` in the channel where leads should be handed over."""


class NoSuchHandoff(Refused):
    """There is no handoff #{number} here. `/baton mine` lists yours."""


class NotKnownAnyMore(Refused):
    """I don't know the lead of this message any more, so nothing was done. Perhaps a backup was restored that is older
    than the message. Flag the lead again with `/mql`; `/baton mine` lists yours."""


class NotAllowed(Refused):
    """You may not do that."""


class NotInRole(NotAllowed):
    """Only {role} can {verb}. A manager can change that with `/baton setup`."""


class NotShown(NotAllowed):
    """Leads are shown only to those who take part in the handoff: marketers, reps, managers, and whoever is in the
    channel where leads are handed over. A manager can change that with `/baton setup`."""


class NobodySetsUp(NotAllowed):
    """Nobody manages here now: of the managers that the agreement names, Slack knows none. Until it does, only admins
    and owners of this workspace can change the agreement, or whoever runs Baton with `baton agreement apply`."""


class NotAMember(NotAllowed):
    """Only members of this workspace can set up Baton, not guests, people of other companies or bots."""


class ChangedMeanwhile(Refused):
    """{person} changed the agreement while you had the form open; version {version} is in force now. Nothing of
    yours was applied yet."""


class SetUpMeanwhile(NotAllowed):
    """{person} set Baton up while you had the form open, and only managers can change the agreement now. Nothing of
    yours was applied; what is in force says `/baton status`."""


class ForeignPerson(NotAllowed):
    """This came from another workspace than the one I serve, so nothing was done."""


class StillUnknown(Refused):
    """Slack has not told me yet who {person} is here, so nothing was done. Please try again in a minute."""


class NoRep(Refused):
    """{person} can't be offered leads: name a rep or a manager, or nobody, and it goes to whose turn it is."""


class CantTakeIt(Refused):
    """#{number} can't be handed to {person}: choose a rep or a manager."""


class WithThemAlready(Refused):
    """#{number} is with {person} already."""


class WeekNotBegun(Refused):
    """Week {week} has not begun yet."""


class NotYours(NotAllowed):
    """#{number} is with {owner}; only they or a manager can {verb} it."""


class NoLongerARep(NotAllowed):
    """#{number} is still with you, but the agreement does not name you as a rep any more, so you can't {verb} it.
    A manager can, or hand it on."""


class NoLongerAMarketer(NotAllowed):
    """You flagged #{number}, but the agreement does not name you as a marketer any more, so you can't {verb} it.
    A manager can."""


class NotYoursToEdit(NotAllowed):
    """#{number} can be edited by {flagger}, who flagged it, by whoever has it, and by managers."""


class NotFlaggedByYou(NotAllowed):
    """#{number} was flagged by {owner}; only they or a manager can {verb} it."""


class AlreadyMoved(Refused):
    """#{number} can't be {participle}: {actor} {past} it {at}. {advice}"""


class AlreadyDone(Refused):
    """You {past} #{number} {at}. {advice}"""


class ContactAgain(Refused):
    """Again? You logged a contact with #{number} at {at}. If this is another one, say so with the button."""


class AlreadyOpen(Refused):
    """{name} is already #{number}, flagged by {flagger} {at} and now with {owner} ({state}).
    A lead is handed over once at a time; add what is new as a reply in the thread of its card."""


class InNurture(Refused):
    """{name} is in nurture until {until}. If they came back of themselves, say in quotes why now, and flag again."""


class HandedOverAgain(Refused):
    """The rejection of #{number} waits for no answer: the lead was handed over again since."""


class AlreadyContested(Refused):
    """#{number} was contested before, and a rejection can be contested once."""


class NobodyManages(Refused):
    """Nobody manages here who could rule on #{number}. Name managers with `/baton setup`, then contest again."""


class NotContested(Refused):
    """Nobody contests the rejection of #{number}, or a manager has ruled on it."""


class ReasonNeeded(Refused):
    """To {verb} #{number}, give a reason and, in a few words, what you found. The reasons: {codes}."""


class UnknownReason(Refused):
    """I know no reason “{given}”. {guess}The reasons: {codes}."""


class WrongStage(Refused):
    """“{code}” can't be used to {verb}. The reasons to {verb}: {codes}."""


class NoteNeeded(Refused):
    """Say in a few words why, so that the others can act on it."""


class TooFewAttempts(Refused):
    """“{code}” counts after {needed} logged attempts; #{number} has {attempts}. Log the next attempt first."""


class NotDoneByYou(NotAllowed):
    """What happened to #{number} can be taken back by {actor} alone, who did it."""


class TakenBackBefore(Refused):
    """You took that back {at}; #{number} is as it was before."""


class MovedSince(Refused):
    """#{number} can't be put back: {actor} {past} it {at}. Speak with them; a manager can hand it on."""


class YouMovedSince(Refused):
    """You {past} #{number} {at}: take that back first."""


class TooLateToUndo(Refused):
    """What you did to #{number} is more than {minutes} minutes ago and can't be taken back any more. Use the buttons of
    its card to move it on."""


class CantUndo(Refused):
    """How #{number} was before is not known, so that can't be taken back. Use the buttons of its card to move it on."""


class NothingToUndo(Refused):
    """You did nothing in the last {minutes} minutes that can be taken back."""


class EditedLast(Refused):
    """The last that you did was to edit #{number}; correct it with *Edit…* again. Nothing was taken back."""


class NothingEdited(Refused):
    """Nothing is changed: #{number} is as it was."""


class EmailTaken(Refused):
    """{email} is the address of {name}, who is #{number}. Two leads can't have the same one."""


class EditedMeanwhile(Refused):
    """#{number} was changed while you had the form open. {changes}Look at it and send it again."""


class NothingFixed(Refused):
    """Nothing is changed. Say here what is new, so that sales knows why it comes again."""


class BadValue(Refused):
    """{field}: {problem}"""


@dataclass(frozen=True)
class KeyProblem:
    """What is wrong with one key of a document."""

    key: str
    words: str


class BadAgreement(Refused):
    """The agreement was not applied, nothing changed. {problems}."""

    def __init__(self, problems: Sequence[KeyProblem]) -> None:
        super().__init__(problems="; ".join(f"{p.key}: {p.words}" if p.key else p.words for p in problems))
        self.problems = tuple(problems)


class NoDatabaseFile(Refused):
    """The database's file {path} can't be made or opened ({why}). Mend DATABASE_URL, or let Baton write in that
    folder."""


class NotWritable(Refused):
    """The database can only be read: its file or folder is write-protected, or the server is a standby. Mend that, then
    start again."""


class SchemaTooNew(Refused):
    """The database was written by a newer Baton (revision {revision}). Run that version, or restore a backup made
    before the upgrade."""


class SchemaTooOld(Refused):
    """The database needs a migration (it is at {revision}, this Baton needs {needed}). Run `baton migrate` first."""


class Repeated(Refused):
    """That was delivered before, and has been answered."""

"""The people of the workspace, played from Python. Each act waits until the app has answered the events that it
caused."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from itertools import islice, takewhile
from typing import Any

from bot.sandbox import conversation, payloads, shapes
from bot.sandbox.delivery import caused
from bot.sandbox.errors import Impossible
from bot.sandbox.interactions import Answer, command_answer
from bot.sandbox.records import Channel, Json, UploadedFile
from bot.sandbox.records import Message as MessageRecord
from bot.sandbox.screen import Message, View, message_as_shown
from bot.sandbox.screen_user import ScreenUser
from bot.sandbox.workspace import random_id

Place = Channel | str
# How many seconds an act waits for the app, at most.
LONGEST_WAIT = 10.0
# A mention or a link in Slack's markup.
MARKUP = re.compile(r"(<(?:@[UW]\w+|#C\w+|![a-z]+[^<>]*|(?:https?|mailto|tel):[^<>]+)(?:\|[^<>]*)?>)")


@contextmanager
def heard_by_the_app() -> Iterator[None]:
    """Waits at the end of the block until the first attempts to deliver its events are over, at most LONGEST_WAIT
    seconds."""
    futures: list[Future[Any]] = []
    token = caused.set(futures)
    try:
        yield
    finally:
        caused.reset(token)
    wait(futures, timeout=LONGEST_WAIT)


class Person(ScreenUser):
    """One person: what they do, and what they see."""

    # True while something arrives that the person did before they were deactivated.
    is_underway = False

    @property
    def id(self) -> str:
        """The user id."""
        return self.record.id

    @property
    def name(self) -> str:
        """The handle, without @."""
        return self.record.name

    @property
    def mention(self) -> str:
        """The mention of this person in a text."""
        return f"<@{self.record.id}>"

    @property
    def dm(self) -> Channel:
        """The direct messages with the app."""
        with self._workspace.changed:  # to look is no change, and to open them says so itself
            return self._workspace.dm_with_bot(self.record)

    # -- writing ------------------------------------------------------------------------------------------

    def command(self, command: str, text: str = "", *, channel: Place | None = None, duplicates: int = 1) -> Answer:
        """Sends a slash command, by default in the direct messages with the app. Returns the app's answer.

        & < > arrive as entities, as in messages. Mentions (`<@U...>`) and links stay as they are. `duplicates`
        deliveries happen at once.
        """
        if "commands" not in self._workspace.bot_scopes:
            raise Impossible("the app has no commands")
        with self._workspace.change():
            place = self._place(self.dm if channel is None else channel)
            key = self._workspace.new_response_url(place, self.record)
            payload = payloads.slash_command(
                self._workspace,
                self.record,
                command=command if command.startswith("/") else f"/{command}",
                text=as_slack_writes(text.strip()),
                channel=place,
                response_url=f"{self._courier.base_url}/commands/{key}",
            )
        deliveries = self._courier.send("slash_commands", payload, copies=duplicates)
        return command_answer(self._workspace, self.record, place, payload["command"], deliveries)

    def say(self, channel: Place, text: str, *, thread: Message | str | None = None) -> Message:
        """Writes a message, in the thread of `thread` if given. Joins a public channel first.

        & < > arrive as entities, as Slack sends them. Mentions (`<@U...>`) and links stay as they are.
        """
        return self._write(channel, text, thread, extra={"client_msg_id": conversation.client_message_id()})

    def share(
        self, channel: Place, name: str, content: bytes, text: str = "", *, thread: Message | str | None = None
    ) -> Message:
        """Uploads a file, and writes a message about it."""
        with self._workspace.change():
            file = UploadedFile(
                id=random_id("F"),
                name=name,
                length=len(content),
                user=self.id,
                created=self._workspace.epoch(),
                title=name,
                content=content,
                channels=[self._place(channel).id],
                completed=True,
            )
            self._workspace.files[file.id] = file
        shape = shapes.file(self._workspace, file, base_url=self._courier.base_url)
        more = {"upload": False, "display_as_bot": False}
        return self._write(channel, text, thread, subtype="file_share", files=[shape], extra=more)

    def _write(self, channel: Place, text: str, thread: Message | str | None, **facts: Any) -> Message:
        with heard_by_the_app(), self._workspace.change():
            place = self._place(channel)
            if place.is_archived:
                raise Impossible(f"#{place.name} is archived")
            if self.id not in place.members:
                conversation.join(self._workspace, place, self.record)
            record = MessageRecord(
                channel=place.id,
                ts=self._workspace.next_ts(),
                user=self.id,
                text=as_slack_writes(text),
                thread_ts=_thread_ts(thread),
                **facts,
            )
            conversation.post(self._workspace, place, record)
        return message_as_shown(record)

    def edit(self, message: Message, text: str) -> Message:
        """Changes the person's own message. Raises Impossible if somebody else wrote it."""
        with heard_by_the_app(), self._workspace.change():
            channel, record = self._own(message)
            conversation.edit(
                self._workspace,
                channel,
                record,
                editor=self.id,
                changes={"text": as_slack_writes(text), "blocks": []},
            )
        return message_as_shown(record)

    def delete(self, message: Message) -> None:
        """Deletes the person's own message. Raises Impossible if somebody else wrote it."""
        with heard_by_the_app(), self._workspace.change():
            channel, record = self._own(message)
            conversation.delete(self._workspace, channel, record)

    def react(self, message: Message, emoji: str) -> None:
        """Adds a reaction."""
        with heard_by_the_app(), self._workspace.change():
            channel, record = self._message(message)
            conversation.react(self._workspace, channel, record, self.record, emoji)

    def unreact(self, message: Message, emoji: str) -> None:
        """Removes the person's reaction."""
        with heard_by_the_app(), self._workspace.change():
            channel, record = self._message(message)
            conversation.unreact(self._workspace, channel, record, self.record, emoji)

    def join(self, channel: Place) -> None:
        """Joins a public channel."""
        with heard_by_the_app(), self._workspace.change():
            conversation.join(self._workspace, self._place(channel), self.record)

    def leave(self, channel: Place) -> None:
        """Leaves a channel."""
        with heard_by_the_app(), self._workspace.change():
            conversation.leave(self._workspace, self._place(channel), self.record)

    # -- shortcuts and the home ---------------------------------------------------------------------------

    def shortcut(self, callback_id: str, *, duplicates: int = 1) -> Answer:
        """Uses a global shortcut."""
        payload = payloads.global_shortcut(self._workspace, self.record, callback_id)
        return self._interact(payload, duplicates)

    def message_shortcut(self, callback_id: str, message: Message, *, duplicates: int = 1) -> Answer:
        """Uses a shortcut in a message's menu."""
        with self._workspace.change():
            channel, record = self._message(message)
            key = self._workspace.new_response_url(channel, self.record, message=record)
            payload = payloads.message_shortcut(
                self._workspace,
                self.record,
                callback_id=callback_id,
                channel=channel,
                message=record,
                response_url=f"{self._courier.base_url}/actions/{key}",
            )
        return self._interact(payload, duplicates)

    def open_home(self, tab: str = "home") -> View | None:
        """Opens the app's home, or its messages tab. Returns the home as it is after the app got the event, or None."""
        from_before = self.record.home
        with heard_by_the_app(), self._workspace.change():
            event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.dm.id, "tab": tab}
            if tab == "home" and from_before is not None:
                event["view"] = shapes.view(self._workspace, from_before)
            conversation.tell(self._workspace, event)
        return self.home

    # -- seeing -------------------------------------------------------------------------------------------

    def sees(self, channel: Place) -> list[Message]:
        """Returns what this person sees in a channel, in order: messages, replies, and what only they see."""
        with self._workspace.changed:
            place = self._place(channel)
            own = self._own_ephemerals(place)
            return [message_as_shown(one) for one in sorted([*place.messages, *own], key=_by_time)]

    def timeline(self, channel: Place, *, newest: int) -> list[tuple[Message, int]]:
        """Returns the newest messages outside of threads as this person sees them, in order, each with its number of
        replies.

        The cost depends on how many it returns, not on how long the channel is.
        """
        with self._workspace.changed:
            place = self._place(channel)
            roots = list(islice((one for one in reversed(place.messages) if not _is_reply(one)), newest))
            oldest = _by_time(roots[-1]) if len(roots) == newest else (0, 0)
            roots += [one for one in self._own_ephemerals(place) if not _is_reply(one) and _by_time(one) > oldest]
            shown = sorted(roots, key=_by_time)[-newest:]
            return [(message_as_shown(one), len(place.replies.get(one.ts, []))) for one in shown]

    def thread(self, message: Message) -> list[Message]:
        """Returns a thread as this person sees it: its first message and the replies, in order."""
        with self._workspace.changed:
            place, root = self._message(message)
            own = [one for one in self._own_ephemerals(place) if one.thread_ts == root.ts]
            replies = sorted([*place.replies.get(root.ts, []), *own], key=_by_time)
            return [message_as_shown(one) for one in (root, *replies)]

    def unread(self, channel: Place, *, since: str) -> int:
        """Returns how many messages of others came after the ts `since`."""
        with self._workspace.changed:
            place = self._place(channel)
            newer = takewhile(lambda one: one.ts > since, reversed(place.messages))
            own = [one for one in self._own_ephemerals(place) if one.ts > since]
            return sum(one.user != self.id for one in newer) + len(own)

    def _own_ephemerals(self, place: Channel) -> list[MessageRecord]:
        return [one for one in place.ephemerals if one.ephemeral_to == self.id]

    def direct_messages(self) -> list[Message]:
        """Returns what this person sees in the direct messages with the app."""
        return self.sees(self.dm)

    @property
    def notices(self) -> list[str]:
        """What Slack itself told this person about failures of the app."""
        with self._workspace.changed:
            return list(self.record.notices)

    # -- facts --------------------------------------------------------------------------------------------

    def change(self, **facts: Any) -> None:
        """Changes facts of this person, such as tz, status_text or deleted. The app gets user_change. Raises TypeError
        for an unknown fact."""
        with heard_by_the_app(), self._workspace.change():
            for name, value in facts.items():
                if not hasattr(self.record, name):
                    raise TypeError(f"a person has no {name}")
                setattr(self.record, name, value)
            self.record.updated = self._workspace.epoch()
            shape = shapes.user(self._workspace, self.record, with_email=True)
            event = {"type": "user_change", "user": shape, "cache_ts": self._workspace.epoch()}
            conversation.tell(self._workspace, event)

    def _place(self, channel: Place) -> Channel:
        if self.record.deleted and not self.is_underway:
            raise Impossible(f"@{self.name} is deactivated")
        place = channel if isinstance(channel, Channel) else self._workspace.channel_named(channel)
        if place.kind != "public" and self.id not in place.members:
            raise Impossible(f"@{self.name} cannot see #{place.name}")
        return place

    def _own(self, message: Message) -> tuple[Channel, MessageRecord]:
        channel, record = self._message(message)
        if record.user != self.id:
            raise Impossible(f"that message is not by @{self.name}")
        return channel, record


def as_slack_writes(text: str) -> str:
    """Returns typed text as messages and commands carry it: & < > as entities, except in mentions and links."""
    return "".join(
        part if MARKUP.fullmatch(part) else part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for part in MARKUP.split(text)
    )


def _thread_ts(thread: Message | str | None) -> str | None:
    if isinstance(thread, Message):
        return thread.thread_ts or thread.ts
    return thread


def _is_reply(message: MessageRecord) -> bool:
    return message.thread_ts not in {None, message.ts}


def _by_time(message: MessageRecord) -> tuple[int, int]:
    seconds, _, micros = message.ts.partition(".")
    return int(seconds), int(micros)

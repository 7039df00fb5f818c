"""What a person does with buttons, selects and forms."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from bot.sandbox import modals, payloads
from bot.sandbox.block_rules import elements_of
from bot.sandbox.delivery import Courier
from bot.sandbox.elements import VALUE_KEYS, chosen_state, find_option, initial_entries, initial_state, what_is_wrong
from bot.sandbox.errors import Impossible
from bot.sandbox.interactions import Answer, interaction_answer, submission_answer
from bot.sandbox.records import Channel, Json, User
from bot.sandbox.records import Message as MessageRecord
from bot.sandbox.records import View as ViewRecord
from bot.sandbox.screen import Message, View, message_as_shown, view_as_shown
from bot.sandbox.workspace import Workspace

# Stands for an argument that was not given.
UNTOUCHED = object()
Entries = dict[str, dict[str, Json]]


class Used(NamedTuple):
    """An element that a person used, and the fields that their choice adds to the payload."""

    block_id: str
    element: Json
    chosen: Json


class ScreenUser:
    """The part of a person that uses what is on the screen."""

    def __init__(self, workspace: Workspace, courier: Courier, record: User) -> None:
        self._workspace = workspace
        self._courier = courier
        self.record = record
        self._picked: dict[str, Entries] = {}

    # -- clicking -----------------------------------------------------------------------------------------

    def click(
        self,
        where: Message | View,
        name: str,
        *,
        select: Any = UNTOUCHED,
        value: Any = UNTOUCHED,
        block: str | None = None,
        stale: bool = False,
        duplicates: int = 1,
    ) -> Answer:
        """Uses an element of a message, a modal or the home. `name` is its action_id, button text, block_id or label.

        `select` is what to choose or type (see `chosen_state`). `value` replaces the value of a button, which no client
        does. With `stale` the element comes from the snapshot `where`, even if it is gone by now. `duplicates`
        deliveries of the same payload happen at once. Raises Impossible if the person could not do it.
        """
        select = self._resolved(where, name, block, select)

        def use(shown: Message | View) -> Used:
            block_id, element = shown.find(name, block=block)
            return Used(block_id, element, self._chosen(element, select, value))

        with self._workspace.change():
            if isinstance(where, View):
                payload = self._use_view(where, use, stale=stale)
            else:
                payload = self._use_message(where, use, stale=stale)
        return self._interact(payload, duplicates)

    def _use_message(self, where: Message, use: Callable[[Message | View], Used], *, stale: bool) -> Json:
        channel, record = self._message(where)
        shown = where if stale else message_as_shown(record)
        used = use(shown)
        before = self._picked.get(record.ts, {})
        entries = initial_entries(shown.blocks, elements_of)
        for block_id, actions in entries.items():
            known = before.get(block_id, {})
            actions.update({action_id: known[action_id] for action_id in actions if action_id in known})
        if used.element["type"] in VALUE_KEYS:
            entries[used.block_id][used.element["action_id"]] = used.chosen
        self._picked[record.ts] = entries
        key = self._workspace.new_response_url(channel, self.record, message=record)
        return payloads.message_action(
            self._workspace,
            self.record,
            channel,
            record,
            actions=[payloads.action(used.element, used.block_id, self._workspace.next_ts(), used.chosen)],
            values=entries,
            response_url=f"{self._courier.base_url}/actions/{key}",
        )

    def _use_view(self, where: View, use: Callable[[Message | View], Used], *, stale: bool) -> Json:
        record = self._workspace.views.get(where.id)
        if record is None or record.user != self.record.id:
            raise Impossible("that view is not on the screen")
        used = use(where if stale else view_as_shown(record))
        if used.element["type"] in VALUE_KEYS:
            record.entries.setdefault(used.block_id, {})[used.element["action_id"]] = used.chosen
        entry = payloads.action(used.element, used.block_id, self._workspace.next_ts(), used.chosen)
        return payloads.view_action(self._workspace, self.record, record, actions=[entry])

    @staticmethod
    def _chosen(element: Json, select: Any, value: Any) -> Json:
        """Returns the fields of `actions[0]` that hold the value. Raises Impossible."""
        kind = element["type"]
        if kind in VALUE_KEYS:
            if select is UNTOUCHED:
                raise Impossible(f"{element['action_id']} is a {kind}: say what to select")
            return chosen_state(element, select)
        if kind == "overflow":
            return {"selected_option": find_option(element, select)}
        if select is not UNTOUCHED:
            raise Impossible(f"nothing can be selected in a {kind}")
        return {} if value is UNTOUCHED else {"value": value}

    def entered(self, where: Message | View, block_id: str, element: Json) -> Json:
        """Returns the entry of an element in state.values as this person sees it: what they entered, or the initial
        value."""
        if element["type"] not in VALUE_KEYS:
            return {}
        known = self._picked.get(where.ts, {}) if isinstance(where, Message) else where.values
        return known.get(block_id, {}).get(element["action_id"]) or initial_state(element)

    def suggest(self, where: View | Message, name: str, typed: str) -> list[Json]:
        """Returns the options that the app suggests for a text typed into an external select."""
        with self._workspace.changed:
            block_id, element = where.find(name)
            payload = payloads.suggestion(
                self._workspace,
                self.record,
                element=element,
                block_id=block_id,
                typed=typed,
                view=self._workspace.views.get(where.id) if isinstance(where, View) else None,
                message=self._message(where) if isinstance(where, Message) else None,
            )
        body = self._courier.send("interactive", payload)[0].body
        if not isinstance(body, dict):
            return []
        grouped = [one for group in body.get("option_groups", []) for one in group["options"]]
        return [*body.get("options", []), *grouped]

    def _resolved(self, where: Message | View, name: str, block: str | None, wanted: Any) -> Any:
        """Returns `wanted`, with each text for an external select replaced by the option that the app suggests for it.

        Asks the app, so the caller must not hold the workspace's lock.
        """
        if wanted is UNTOUCHED or not any(
            name in (element["action_id"], block_id) and element["type"].endswith("external_select")
            for block_id, element in where.elements()
        ):
            return wanted
        _, element = where.find(name, block=block)
        found = []
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if isinstance(one, dict) or one is None:
                found.append(one)
            else:
                offered = self.suggest(where, element["action_id"], str(one))
                found.append(find_option({"options": offered}, one))
        return found if isinstance(wanted, list) else found[0]

    # -- forms --------------------------------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """The modal on top of this person's screen, or None."""
        with self._workspace.changed:
            return view_as_shown(self.record.views[-1]) if self.record.views else None

    @property
    def home(self) -> View | None:
        """The App Home that the app last published for this person, or None."""
        with self._workspace.changed:
            return view_as_shown(self.record.home) if self.record.home else None

    def fill(self, name: str, value: Any) -> Answer | None:
        """Enters `value` into a field of the modal on top. `name` is its block_id, action_id or label.

        The app gets a payload only where Slack sends one: for an element outside of an input block, or for an input
        with dispatch_action. Then this returns the answer, otherwise None.
        """
        with self._workspace.changed:
            record = self._top()
            shown = view_as_shown(record)
        block_id, element = shown.find(name)
        block = next(one for one in shown.blocks if one["block_id"] == block_id)
        if block["type"] != "input" or block.get("dispatch_action"):
            return self.click(shown, element["action_id"], block=block_id, select=value)
        value = self._resolved(shown, element["action_id"], block_id, value)
        with self._workspace.change():
            record.entries.setdefault(block_id, {})[element["action_id"]] = chosen_state(element, value)
        return None

    def submit(self, values: Mapping[str, Any] | None = None, /, *, duplicates: int = 1, **more: Any) -> Answer:
        """Enters `values` (names as in `fill`) and submits the modal on top. Raises Impossible, with the words of
        Slack's client, if a required field is empty or a value is not allowed."""
        for name, value in {**(values or {}), **more}.items():
            self.fill(name, value)
        with self._workspace.change():
            record = self._top()
            if not record.body.get("submit"):
                raise Impossible("this modal has nothing to submit")
            for block, problem in _problems(record):
                raise Impossible(f"{block['label']['text']}: {problem}")
            record.errors = {}
            urls = self._response_urls(record)
            payload = payloads.view_submission(self._workspace, self.record, record, response_urls=urls)
        deliveries = self._courier.send("interactive", payload, copies=duplicates)
        return submission_answer(self._workspace, self.record, record, deliveries)

    def close(self, *, all_of_them: bool = False) -> Answer | None:
        """Closes the modal on top, or all of them. Returns the app's answer if the view asks to be told of it,
        otherwise None."""
        with self._workspace.change():
            record = self._top()
            tell = record.body.get("notify_on_close", False)
            payload = payloads.view_closed(self._workspace, self.record, record, is_cleared=all_of_them)
            if all_of_them or record.body.get("clear_on_close"):
                payload["is_cleared"] = True
                modals.clear(self._workspace, self.record)
            else:
                modals.close_top(self._workspace, self.record)
        return self._interact(payload, 1) if tell else None

    def _top(self) -> ViewRecord:
        if not self.record.views:
            raise Impossible(f"@{self.record.name} has no modal on the screen")
        return self.record.views[-1]

    @property
    def incomplete(self) -> dict[str, str]:
        """What Slack's client says about the fields of the modal on top that are not ready to submit, by block_id."""
        with self._workspace.changed:
            return {block["block_id"]: problem for block, problem in _problems(self._top())}

    def _response_urls(self, record: ViewRecord) -> list[Json]:
        urls = []
        for block in record.body["blocks"]:
            element = block.get("element", {})
            if block["type"] != "input" or not element.get("response_url_enabled"):
                continue
            state = record.entries[block["block_id"]][element["action_id"]]
            chosen = state.get("selected_conversation") or state.get("selected_channel")
            channel = self._workspace.channels.get(chosen or "")
            if channel is not None:
                key = self._workspace.new_response_url(channel, self.record)
                urls.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel.id,
                        "response_url": f"{self._courier.base_url}/actions/{key}",
                    }
                )
        return urls

    def _interact(self, payload: Json, copies: int) -> Answer:
        deliveries = self._courier.send("interactive", payload, copies=copies)
        return interaction_answer(self._workspace, self.record, deliveries)

    def _message(self, shown: Message) -> tuple[Channel, MessageRecord]:
        """Returns the channel and the message as it is now. Raises Impossible if this person cannot see it."""
        channel = self._workspace.channels[shown.channel]
        record = self._workspace.message_at(channel, shown.ts, ephemeral_for=self.record.id)
        if record is None or (channel.kind != "public" and self.record.id not in channel.members):
            raise Impossible(f"@{self.record.name} cannot see that message")
        return channel, record


def _problems(record: ViewRecord) -> Iterator[tuple[Json, str]]:
    """Yields each input block that is not ready to submit, with the reason."""
    for block in record.body["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = record.entries[block["block_id"]][element["action_id"]]
        problem = what_is_wrong(element, state, optional=bool(block.get("optional")))
        if problem is not None:
            yield block, problem

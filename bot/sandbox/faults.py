"""Trouble on demand: what Slack's side does wrong, for calls of the app and for deliveries to it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.log import Delivery
from bot.sandbox.records import Channel

CALL_FAULTS = {
    "rate_limited",
    "server_error",
    "refused",
    "slow",
    "silent",
    "silent_after",
    "drop_before",
    "drop_after",
}
DELIVERY_FAULTS = {"duplicate", "drop", "hold"}


@dataclass(frozen=True)
class Fault:
    """One way in which a call of the Web API goes wrong. Make them with the methods below."""

    kind: str
    status: int = 200
    seconds: float = 0.0
    error: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a kind that nobody plays."""
        if self.kind not in CALL_FAULTS:
            raise ValueError(f"{self.kind} is none of {', '.join(sorted(CALL_FAULTS))}")

    @classmethod
    def rate_limited(cls, retry_after: int = 1) -> "Fault":
        """429 with Retry-After (seconds). The call has no effect."""
        return cls("rate_limited", status=429, seconds=retry_after, error="ratelimited")

    @classmethod
    def server_error(cls, status: int = 503) -> "Fault":
        """A 5xx with a text that is not JSON. The call has no effect."""
        return cls("server_error", status=status)

    @classmethod
    def refused(cls, error: str) -> "Fault":
        """Slack says no with this code, such as invalid_blocks or fatal_error. The call has no effect."""
        return cls("refused", error=error)

    @classmethod
    def method_missing(cls) -> "Fault":
        """Slack does not know the method."""
        return cls.refused("unknown_method")

    @classmethod
    def token_revoked(cls) -> "Fault":
        """The token is no longer good, for this call."""
        return cls.refused("token_revoked")

    @classmethod
    def account_inactive(cls) -> "Fault":
        """The workspace or the bot user is gone, for this call."""
        return cls.refused("account_inactive")

    @classmethod
    def is_archived(cls) -> "Fault":
        """The channel is archived, for this call."""
        return cls.refused("is_archived")

    @classmethod
    def slow(cls, seconds: float) -> "Fault":
        """The call works, but its answer takes `seconds` (machine time) longer."""
        return cls("slow", seconds=seconds)

    @classmethod
    def silent(cls) -> "Fault":
        """No effect, and no answer until the client gives up."""
        return cls("silent")

    @classmethod
    def silent_after(cls) -> "Fault":
        """The call works, but no answer comes until the client gives up."""
        return cls("silent_after")

    @classmethod
    def drop_before(cls) -> "Fault":
        """The connection breaks before the call has an effect."""
        return cls("drop_before")

    @classmethod
    def drop_after(cls) -> "Fault":
        """The connection breaks after the call had its effect: the client cannot know."""
        return cls("drop_after")


@dataclass
class PlannedFault:
    """A fault for the next `times` (None: all) calls of `method` (None: any) about `channel` (None: any)."""

    fault: Fault
    method: str | None
    channel: str | None
    times: int | None


@dataclass(frozen=True)
class DeliveryFault:
    """One way in which a delivery to the app goes wrong."""

    kind: str
    copies: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for a kind that nobody plays."""
        if self.kind not in DELIVERY_FAULTS:
            raise ValueError(f"{self.kind} is none of {', '.join(sorted(DELIVERY_FAULTS))}")

    @classmethod
    def duplicate(cls, copies: int = 2) -> "DeliveryFault":
        """The same payload arrives `copies` times in all."""
        return cls("duplicate", copies=copies)

    @classmethod
    def drop(cls) -> "DeliveryFault":
        """The payload never arrives, and Slack believes it did."""
        return cls("drop")

    @classmethod
    def hold(cls) -> "DeliveryFault":
        """The payload waits for `Faults.release`."""
        return cls("hold")


@dataclass
class PlannedDeliveryFault:
    """A fault for the next `times` deliveries of one `kind` (None: any) or one event type (None: any)."""

    fault: DeliveryFault
    kind: str | None
    event: str | None
    times: int | None


class Faults:
    """All planned trouble. The first plan that fits is played."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._calls: list[PlannedFault] = []
        self._deliveries: list[PlannedDeliveryFault] = []
        self._held: list[tuple[Delivery, Callable[[], Any]]] = []

    def add(
        self,
        method: str | None,
        fault: Fault,
        *,
        times: int | None = 1,
        channel: Channel | str | None = None,
    ) -> None:
        """Plan `fault` for calls of `method` about `channel` (or its id); None stands for any."""
        with self._changed:
            channel_id = channel.id if isinstance(channel, Channel) else channel
            self._calls.append(PlannedFault(fault, method, channel_id, times))

    def add_delivery(
        self,
        fault: DeliveryFault,
        *,
        kind: str | None = None,
        event: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Plan `fault` for a `kind` of delivery (as in `Delivery.kind`) or for one type of `event`."""
        with self._changed:
            self._deliveries.append(PlannedDeliveryFault(fault, kind, event, times))

    def clear(self) -> None:
        """Forget all plans. What is held stays held."""
        with self._changed:
            self._calls.clear()
            self._deliveries.clear()

    def release(self, *, reverse: bool = False) -> int:
        """Deliver what was held, in order or the other way round, one after another; how many it was."""
        with self._changed:
            held, self._held = self._held, []
        for _, deliver in reversed(held) if reverse else held:
            deliver()
        return len(held)

    @property
    def held(self) -> int:
        """How many deliveries wait for release."""
        with self._changed:
            return len(self._held)

    def hold(self, delivery: Delivery, deliver: Callable[[], Any]) -> None:
        """Keep a delivery back."""
        with self._changed:
            self._held.append((delivery, deliver))
            self._changed.notify_all()

    def for_call(self, method: str, channel: str | None) -> Fault | None:
        """The fault for this call, used up by asking."""
        with self._changed:
            for plan in self._calls:
                if plan.method in {None, method} and plan.channel in {None, channel}:
                    if plan.times is not None:
                        plan.times -= 1
                        if plan.times <= 0:
                            self._calls.remove(plan)
                    return plan.fault
        return None

    def for_delivery(self, kind: str, event: str | None) -> DeliveryFault | None:
        """The fault for this delivery, used up by asking."""
        with self._changed:
            for plan in self._deliveries:
                if plan.kind in {None, kind} and plan.event in {None, event}:
                    if plan.times is not None:
                        plan.times -= 1
                        if plan.times <= 0:
                            self._deliveries.remove(plan)
                    return plan.fault
        return None

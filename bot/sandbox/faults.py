"""Faults on demand: what goes wrong on Slack's side, in calls by the app and in deliveries to it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.log import Delivery
from bot.sandbox.records import Channel

# The kinds of `Fault`.
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
# The kinds of `DeliveryFault`.
DELIVERY_FAULTS = {"duplicate", "drop", "hold"}


@dataclass(frozen=True)
class Fault:
    """One way in which a call of the Web API goes wrong. The methods below create them."""

    kind: str
    status: int = 200
    seconds: float = 0.0
    error: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for an unknown kind."""
        if self.kind not in CALL_FAULTS:
            raise ValueError(f"{self.kind} is none of {', '.join(sorted(CALL_FAULTS))}")

    @classmethod
    def rate_limited(cls, retry_after: int = 1) -> "Fault":
        """Returns a fault that answers 429 with Retry-After (seconds). The call has no effect."""
        return cls("rate_limited", status=429, seconds=retry_after, error="ratelimited")

    @classmethod
    def server_error(cls, status: int = 503) -> "Fault":
        """Returns a fault that answers with a 5xx status and a text that is no JSON. The call has no effect."""
        return cls("server_error", status=status)

    @classmethod
    def refused(cls, error: str) -> "Fault":
        """Returns a fault that answers with this error code, such as invalid_blocks or fatal_error. The call has no
        effect."""
        return cls("refused", error=error)

    @classmethod
    def method_missing(cls) -> "Fault":
        """Returns a fault in which Slack does not know the method."""
        return cls.refused("unknown_method")

    @classmethod
    def token_revoked(cls) -> "Fault":
        """Returns a fault in which the token is revoked, for this call only."""
        return cls.refused("token_revoked")

    @classmethod
    def account_inactive(cls) -> "Fault":
        """Returns a fault in which the workspace or the bot user is gone, for this call only."""
        return cls.refused("account_inactive")

    @classmethod
    def is_archived(cls) -> "Fault":
        """Returns a fault in which the channel is archived, for this call only."""
        return cls.refused("is_archived")

    @classmethod
    def slow(cls, seconds: float) -> "Fault":
        """Returns a fault in which the call works, but its answer takes `seconds` of machine time longer."""
        return cls("slow", seconds=seconds)

    @classmethod
    def silent(cls) -> "Fault":
        """Returns a fault in which the call has no effect, and no answer comes until the client gives up."""
        return cls("silent")

    @classmethod
    def silent_after(cls) -> "Fault":
        """Returns a fault in which the call works, but no answer comes until the client gives up."""
        return cls("silent_after")

    @classmethod
    def drop_before(cls) -> "Fault":
        """Returns a fault in which the connection breaks before the call has an effect."""
        return cls("drop_before")

    @classmethod
    def drop_after(cls) -> "Fault":
        """Returns a fault in which the connection breaks after the call had its effect, so the client cannot know of
        it."""
        return cls("drop_after")


@dataclass
class PlannedFault:
    """A fault for the next `times` calls of `method` about `channel`. None means all calls, any method, any channel."""

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
        """Raises ValueError for an unknown kind."""
        if self.kind not in DELIVERY_FAULTS:
            raise ValueError(f"{self.kind} is none of {', '.join(sorted(DELIVERY_FAULTS))}")

    @classmethod
    def duplicate(cls, copies: int = 2) -> "DeliveryFault":
        """Returns a fault in which the same payload arrives `copies` times in all."""
        return cls("duplicate", copies=copies)

    @classmethod
    def drop(cls) -> "DeliveryFault":
        """Returns a fault in which the payload never arrives, although Slack takes it as delivered."""
        return cls("drop")

    @classmethod
    def hold(cls) -> "DeliveryFault":
        """Returns a fault in which the payload waits for `Faults.release`."""
        return cls("hold")


@dataclass
class PlannedDeliveryFault:
    """A fault for the next `times` deliveries of one `kind` or one type of `event`. None means all deliveries, any
    kind, any type."""

    fault: DeliveryFault
    kind: str | None
    event: str | None
    times: int | None


class Faults:
    """All planned faults. The first one that fits happens."""

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
        """Plans `fault` for calls of `method` about `channel` (or its id). None means any."""
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
        """Plans `fault` for a `kind` of delivery (see `Delivery.kind`) or for one type of `event`. None means any."""
        with self._changed:
            self._deliveries.append(PlannedDeliveryFault(fault, kind, event, times))

    def clear(self) -> None:
        """Removes all planned faults. Deliveries that are held stay held."""
        with self._changed:
            self._calls.clear()
            self._deliveries.clear()

    def release(self, *, reverse: bool = False) -> int:
        """Delivers what was held, one after another, in order or in reverse. Returns how many deliveries that were."""
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
        """Holds a delivery until `release`."""
        with self._changed:
            self._held.append((delivery, deliver))
            self._changed.notify_all()

    def for_call(self, method: str, channel: str | None) -> Fault | None:
        """Returns the fault for this call, or None. Counts one use of it."""
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
        """Returns the fault for this delivery, or None. Counts one use of it."""
        with self._changed:
            for plan in self._deliveries:
                if plan.kind in {None, kind} and plan.event in {None, event}:
                    if plan.times is not None:
                        plan.times -= 1
                        if plan.times <= 0:
                            self._deliveries.remove(plan)
                    return plan.fault
        return None

"""A Slack that runs on this machine and answers over HTTP, as strictly as the real one. For the demo and for tests. It
knows nothing of Baton."""

from bot.sandbox.clock import SandboxClock
from bot.sandbox.errors import Impossible, NoSuchThing, Refusal
from bot.sandbox.faults import DeliveryFault, Fault
from bot.sandbox.interactions import Answer
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.screen import Message, View

__all__ = [
    "Answer",
    "DeliveryFault",
    "Fault",
    "Impossible",
    "Message",
    "NoSuchThing",
    "Person",
    "Refusal",
    "Sandbox",
    "SandboxClock",
    "View",
]

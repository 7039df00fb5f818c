"""Counters of deliveries and jobs, for `/metrics`."""

from itertools import product

from prometheus_client import CollectorRegistry, Counter

from models.rules.messages import MessageKind

# How a message came to be shown.
HOW = ("posted", "edited", "unchanged")
# What follows a failure.
THEN = ("later", "held", "dead", "left")


class Counters:
    """The counters of one process. Tests give each program its own registry, to run several in one process.

    Every known label starts at 0. Prometheus sees no increase in a series that begins with 1, and of some errors the
    first one is too many.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sent = Counter(
            "baton_messages_total",
            "Messages shown in Slack, by how: posted, edited, unchanged.",
            ["how"],
            registry=registry,
        )
        self.failed = Counter(
            "baton_message_failures_total",
            "Attempts that failed, by kind of message and what follows: later, held (Slack asked for a pause), dead, "
            "or left to the end of its lease, as not even the failure could be written down.",
            ["kind", "then"],
            registry=registry,
        )
        self.adopted = Counter(
            "baton_messages_adopted_total",
            "Messages found in Slack after a crash or a lost answer, and not posted a second time.",
            registry=registry,
        )
        self.unreconciled = Counter(
            "baton_messages_unreconciled_total",
            "Messages posted again although an earlier attempt may have succeeded, as the history could not be read.",
            registry=registry,
        )
        self.times_mended = Counter(
            "baton_times_mended_total",
            "Messages whose times had been written by a clock that was ahead, and were put right.",
            registry=registry,
        )
        self.overtaken = Counter(
            "baton_messages_overtaken_total",
            "Messages sent by a worker that was held up for longer than its lease between its last look at it and the "
            "send, by how: posted may be there twice, as another worker may have posted the same; edited is put right.",
            ["how"],
            registry=registry,
        )
        self.nudged = Counter("baton_nudges_total", "Handoffs that were spoken of to somebody.", registry=registry)
        self.digests = Counter("baton_digests_total", "Weekly digests written.", registry=registry)
        self.job_failures = Counter(
            "baton_job_failures_total", "Runs of a job that ended in an error.", ["job"], registry=registry
        )
        for how in HOW:
            self.sent.labels(how)
            self.overtaken.labels(how)
        for kind, then in product(MessageKind, THEN):
            self.failed.labels(kind, then)

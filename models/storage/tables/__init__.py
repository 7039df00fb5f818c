"""The tables. Every row except the heartbeat belongs to one workspace. All times are timezone-aware and in UTC.

Rows of facts (lead, handoff, promise, ledger, feedback, comment) and rows of work to do (outbox, receipt, digest_run)
are in separate tables. Partial indexes name their states as literals, so that queries with the same literals can use
them.
"""

from models.storage.tables.columns import UtcDateTime, as_read, moment, table
from models.storage.tables.handoffs import LARGEST_NUMBER, LIVE, OPEN, RUNNING, FormerAddress, Handoff, Lead, Promise
from models.storage.tables.history import Comment, Feedback, LedgerEntry
from models.storage.tables.messages import NudgeItem, Outbox
from models.storage.tables.work import DigestRun, Heartbeat, Receipt
from models.storage.tables.workspaces import AgreementVersion, Person, UserGroup, Workspace

__all__ = [
    "LARGEST_NUMBER",
    "LIVE",
    "OPEN",
    "RUNNING",
    "AgreementVersion",
    "Comment",
    "DigestRun",
    "Feedback",
    "FormerAddress",
    "Handoff",
    "Heartbeat",
    "Lead",
    "LedgerEntry",
    "NudgeItem",
    "Outbox",
    "Person",
    "Promise",
    "Receipt",
    "UserGroup",
    "UtcDateTime",
    "Workspace",
    "as_read",
    "moment",
    "table",
]

"""The tables. Every row except the heartbeat belongs to one workspace (texts of the ledger by their line). All times
are timezone-aware and in UTC.

Rows of facts (lead, handoff, promise, ledger, ledger_text, feedback, comment) and rows of work to do (outbox, receipt,
digest_run) are in separate tables. Partial indexes name their states as literals, so that queries with the same
literals can use them.
"""

from models.storage.tables.columns import UtcDateTime, moment, table
from models.storage.tables.handoffs import LIVE, OPEN, RUNNING, Counter, Handoff, Lead, LeadKey, Promise, RepLoad
from models.storage.tables.history import Comment, Feedback, LedgerEntry, LedgerText
from models.storage.tables.messages import NudgeItem, Outbox
from models.storage.tables.work import DigestRun, Heartbeat, Receipt
from models.storage.tables.workspaces import AgreementVersion, Person, UserGroup, Workspace

__all__ = [
    "LIVE",
    "OPEN",
    "RUNNING",
    "AgreementVersion",
    "Comment",
    "Counter",
    "DigestRun",
    "Feedback",
    "Handoff",
    "Heartbeat",
    "Lead",
    "LeadKey",
    "LedgerEntry",
    "LedgerText",
    "NudgeItem",
    "Outbox",
    "Person",
    "Promise",
    "Receipt",
    "RepLoad",
    "UserGroup",
    "UtcDateTime",
    "Workspace",
    "moment",
    "table",
]

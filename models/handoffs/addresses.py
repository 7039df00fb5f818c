"""The addresses by which Baton knows a lead: the present one, and those that it had before it was corrected."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from models.errors import EmailTaken
from models.rules.rows import LeadRow
from models.storage.tables import FormerAddress, Handoff, Lead, table

_lead, _former, _handoff = table(Lead).c, table(FormerAddress).c, table(Handoff).c
_LEAD = sa.select(*(_lead[name] for name in LeadRow._fields))
_PRESENT = _LEAD.where(
    _lead.workspace_id == sa.bindparam("workspace"), _lead.email_key == sa.bindparam("key")
).with_for_update()
_BY_FORMER = (
    _LEAD.join(table(FormerAddress), _former.lead_id == _lead.id)
    .where(_former.workspace_id == sa.bindparam("workspace"), _former.email_key == sa.bindparam("key"))
    .with_for_update(of=table(Lead))
)
_FORGET = sa.delete(table(FormerAddress)).where(
    _former.workspace_id == sa.bindparam("workspace"), _former.email_key == sa.bindparam("key")
)


def known_by(session: Session, workspace_id: str, email_key: str) -> LeadRow | None:
    """Returns the lead that has this address, or had it before it was corrected. Locks its row."""
    address = {"workspace": workspace_id, "key": email_key}
    found = session.execute(_PRESENT, address).one_or_none() or session.execute(_BY_FORMER, address).one_or_none()
    return LeadRow._make(found) if found else None


def refuse_if_taken(session: Session, lead: LeadRow, *, email: str, email_key: str) -> None:
    """Raises EmailTaken if another lead has this address, or had it."""
    other = known_by(session, lead.workspace_id, email_key)
    if other is not None and other.id != lead.id:
        number = session.scalar(sa.select(sa.func.max(_handoff.id)).where(_handoff.lead_id == other.id))
        raise EmailTaken(email=email, name=other.name, number=number)


def corrected(session: Session, was: LeadRow, now: LeadRow, *, at: datetime) -> None:
    """Keeps the earlier address of a lead that has another one now."""
    if was.email_key == now.email_key:
        return
    for key in (was.email_key, now.email_key):
        session.execute(_FORGET, {"workspace": was.workspace_id, "key": key})
    kept = {"workspace_id": was.workspace_id, "email_key": was.email_key, "lead_id": was.id, "at": at}
    session.execute(sa.insert(table(FormerAddress)), kept)


def restored(session: Session, lead: LeadRow) -> None:
    """Forgets that the present address of a lead is a former one, because the correction was undone."""
    session.execute(_FORGET, {"workspace": lead.workspace_id, "key": lead.email_key})

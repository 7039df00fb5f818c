"""Handoffs: what people do with them, and the queries that they make. Each operation is one transaction and takes a
caller.

`desk` has the operations: each loads facts, decides by a rule, and saves the rows of the decision. `loading` loads what
each operation looks at. `queries` reads facts for views. `listed` has a handoff with its lead, and the `brief`: the
same under the terms in force. `search` finds leads by words.

New code that belongs here: a new operation, and the facts that a new rule needs (`loading`). Who gets a lead, and when
two leads are the same, is decided in `models/rules/` (`routing`, `sameness`).
"""

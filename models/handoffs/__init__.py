"""Handoffs: what people do with them, and the queries that they make. Each operation is one transaction and takes a
caller.

`desk` has the operations. `offering` stores a lead and offers it to a person. `mending` edits a lead and undoes a move.
`addresses` knows a lead by its present and former addresses. `queries` reads facts for views. `briefs` loads one
handoff with its lead under the terms in force. `search` finds leads by words.

New code that belongs here: what people do with a handoff, and the facts that a new rule needs. Who gets a lead, and
when two leads are the same, is decided in `models/rules/` (`routing`, `sameness`); `offering` gathers the facts.
"""

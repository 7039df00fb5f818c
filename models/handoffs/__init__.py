"""Handoffs: what people do with them, and the queries that they make. Each operation is one transaction and takes a
caller.

`desk` has the operations. `offering` stores a lead and offers it to a person. `mending` edits a lead and undoes a move.
`queries` reads facts for views. `briefs` loads one handoff with its lead under the terms in force. `search` finds leads
by words.
"""

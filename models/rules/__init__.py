"""Rules: facts in, decision out. Rules use no database, no clock and no chance, so their tests need none of them.

A handoff has a **state**. A **move** leads from one state to the next (`lifecycle`), and changes more than the state
(`moves`). A **decision** is everything that an operation writes, as typed `rows` (`decisions`, `flagging`,
`move_decision`, `corrections`). A **promise** says who owes what about a handoff, and by when (`promises`), in that
person's business time (`worktime`, `calendars`). Moves begin promises, keep them and release them. Its **ladder**
(`ladders`) says when who hears of it, and **nudging** who that is now. **Routing** chooses the person who is offered a
lead. The **agreement** is the document of both teams (`toml` is how it is written). The **terms** are the agreement
with the people it names. A **caller** is the person, or the program, that asks. `undoing` says what a person may undo,
`messages` names the messages and their keys, `fields` checks the fields of a lead, `findings` and `statistics` say what
the numbers of a week mean.

New code that belongs here:
- A definition of what counts as qualified: `definition`.
- When two leads are the same: `sameness`. (The reason `duplicate` is a rep's word for it.)
- Territories: `territories`. `routing` asks it.
- Another step of a ladder (the next rep), or another condition for one: `ladders` and `agreement`. `nudging` decides
  who hears.
- Goals: the targets are read in `models/rules/agreement`, and compared with the numbers in `models/reports/goals`.
"""

"""Reports: what managers read. `numbers` counts a week in SQL, with `answers` and `promises` (`counting` has what their
queries share); docs/numbers.md says what each number counts. `digest` ensures that Baton posts each week once.
`inspection` answers programs that watch Baton.

New code that belongs here:
- Goals: the targets are read in `models/rules/agreement`, and compared with the numbers in `models/reports/goals`.
- What-if: `models/reports/what_if` asks the rules again, about the facts of the ledger (`models/rules/replay`).
"""

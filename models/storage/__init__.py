"""Storage: the database, SQLite or Postgres. It knows what a row is, not what it means.

`tables` declares the rows. `schema` and `migrations/` bring a database up to date. `store` opens it. `change` is the
one way to write a decision: `statements` has a statement for each type of row, `compiled` compiles it once, and
`packet` sends all of them to Postgres at once. `writers` lets the writers of SQLite share commits. `ids` makes ids.
`ledger` takes a line of the ledger apart and puts it together (the place of the hash chain). `promises` has the queries
for promises. `wanted` asks for messages, and `upsert` inserts rows once, in the sessions of the jobs. `problems` turns
the errors of drivers into database problems. `health` asks whether the database works. `retention` deletes what is no
longer needed.
"""

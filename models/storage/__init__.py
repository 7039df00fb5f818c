"""Storage: the database, SQLite or Postgres. It knows what a row is, not what it means.

`tables` declares the rows. `schema` and `migrations/` bring a database up to date. `store` opens it. `writers` lets the
writers of SQLite share commits. `ledger` appends what happened. `changes` writes what a move changed and the messages
that show it. `receipts` records which deliveries had their effect. `problems` turns the errors of drivers into database
problems. `health` asks whether the database works. `retention` deletes what is no longer needed.
"""

"""Rules, views and single parts, most without a database. `lines` and its like are tables of examples that several
tests read, and `office` is a small company in a database."""

"""The clock speaks: each job asks the database what is due, and does it."""

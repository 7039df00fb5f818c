"""The jobs of the clock. Each asks the database what is due, and does it."""

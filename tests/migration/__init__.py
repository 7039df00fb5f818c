"""Migrations: the schema they make is the one that is declared, and what older versions wrote is carried over."""

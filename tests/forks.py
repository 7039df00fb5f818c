"""Processes that start in a tenth of a second: each is forked from one that does nothing but has already imported
everything."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["bot.__main__", "bot.app", "alembic.command", "psycopg", "uvicorn.loops.uvloop", "uvicorn.protocols.http.auto"]
)

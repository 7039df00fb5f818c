"""The outbox: messages that wait to be shown. Workers **claim** rows under a **lease**, send, and **settle** them.

What is asked to be shown is written in `storage/changes.py`, in the transaction of the move; what it says is decided
when it is sent.
"""

"""The outbox: messages that wait to be sent. Workers **claim** rows under a **lease**, send them, and **settle** them.

`storage/wanted.py` adds messages, in the transaction of the move. The text of a message comes from the facts at the
moment of sending.
"""

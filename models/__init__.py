"""The domain: what a handoff is. It knows nothing of Slack, of the web or of the machine's clock.

Each folder is one subject. A folder imports only from the folders below it:

    exchange/   data into and out of the database: `csv_import`, `export`, `erase`, and what outgoing `webhooks` say
                (made with its first file)
    reports/    what managers read: the numbers of a week, the digest, goals, what-if
    due/        what is due now: reminders, and the audit that finds messages that are missing
    handoffs/   what people do with a handoff, and the queries that they make
    workspace/  the versions of the agreement, and the people whom it names
    outbox/     the queue of messages that wait to be sent
    storage/    the database: tables, the ledger, one way to write
    rules/      pure decisions from facts

Outgoing webhooks: what is sent and to whom is decided in `models/exchange/`; `jobs/webhooks` sends it.

All folders use `errors.py` (what a person reads when Baton refuses something) and `clock.py`.
"""

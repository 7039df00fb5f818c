"""What is due now: `reminders` of promises that run out, and the `audit` of messages that are missing."""

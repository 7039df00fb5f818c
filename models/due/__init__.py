"""What time has made due: `reminders` of promises that run out, and the `audit` of what should have been said."""

"""What is due now: `reminders` of promises that run out, and the `audit`, whose `findings` say what should have been
done and was not."""

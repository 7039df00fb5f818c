"""What is due now: `reminders` of promises that run out; the `audit`, whose `findings` say what should have been done
and was not; and `unknown_leads`: the leads that a restored backup does not know."""

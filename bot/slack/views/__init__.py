"""How facts look in Slack. Pure functions: facts in, blocks out.

`card` is the lead's card, `story` its details, `news` and `nudge` are what people read about single leads, `alarm` what
managers read if something is wrong, `digest` the week. `answers` is what one person reads after a command or a click,
and `forms` has the forms. `deadlines` puts times into words, and `blocks` keeps within Slack's limits.
"""

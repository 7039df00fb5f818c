"""The sandbox in the browser: a Slack to play in, with the real bot in it.

Everything here goes through the sandbox's public interface, so the page shows what came over the protocol. It knows of
Baton what Slack knows (the app's manifest) and what an operator can see (what `baton facts` answers, through
`bot.demo.facts_client`).
"""

"""The page of the demo in a real browser. `visitor` uses it as a person does, `served` starts it, and `screenshots`
takes the pictures of the docs."""

"""Crashes, cuts, slow connections and noise. `chaos` and `fuzz` are the long tests, `rounds` plays a part of one,
`crowd` is the people, `fleet` the processes, `witness` records, and `oracle` judges."""

"""What each promise rests on, a folder for each way to test. `databases` gives each test a database of its own, `forks`
starts processes, `monday` is when most tests take place, and `conftest` has the fixtures of all."""

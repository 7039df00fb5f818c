"""Reports: what managers read. `numbers` counts a week in SQL and says what each number counts. `digest` ensures that
Baton posts each week once. `inspection` answers programs that watch Baton. New code that belongs here: goals, what-if,
replay."""

"""Names that mark a store, known without a database driver."""

HEAD, BATCHES, EVENTS = "planner_head", "planner_batches", "planner_events"

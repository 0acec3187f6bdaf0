"""Several dispatchers that share the work, each in a process of its own."""

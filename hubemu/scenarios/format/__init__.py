"""What a scenario file may say: its models, its mistakes told by line, its JSON Schema."""

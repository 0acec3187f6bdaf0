"""The resources of the control API, one file each: its handlers and their descriptions."""

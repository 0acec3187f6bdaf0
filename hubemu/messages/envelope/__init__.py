"""The envelope: read from a tree, or made around a content."""

"""Our own models: the notation, and its two compilers."""

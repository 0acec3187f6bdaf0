"""The JSON Schemas of a release, the files they are in and the shapes they give."""

"""To and from CISU, the model of the other forces: cases and resources (facts: converter 3.1)."""

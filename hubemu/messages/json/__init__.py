"""JSON messages: the verdict, the text of a refusal, and the fast way by structs."""

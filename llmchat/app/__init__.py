"""The use cases of both front ends, a room each, and the context that puts a run together."""

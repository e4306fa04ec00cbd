"""The use cases of both front ends, one per file, and the context that puts a run together."""

"""The use cases of both front ends, one folder each, and the context that puts a run together."""

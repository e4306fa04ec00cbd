"""The use cases of both front ends, one folder each; `run` puts together what a run needs."""

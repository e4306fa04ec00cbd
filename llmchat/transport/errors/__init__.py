"""Failures on the way to a service as errors with a hint: network, TLS, statuses."""

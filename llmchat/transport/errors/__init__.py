"""Turns failures on the way to a service into errors with a hint: network, TLS, statuses."""

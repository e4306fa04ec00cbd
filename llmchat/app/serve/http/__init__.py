"""The server's side of HTTP: connections, gates, addresses, the page."""

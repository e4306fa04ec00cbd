"""The HTTP side of the server: connections, gates, routes, the page."""

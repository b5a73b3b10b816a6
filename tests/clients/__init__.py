"""Third-party clients at work against a running server."""

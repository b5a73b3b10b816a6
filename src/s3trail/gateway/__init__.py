"""One request in: the HTTP edge, the steps of a call, and capture, which builds every record."""

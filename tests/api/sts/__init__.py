"""STS operations over the wire, with their records."""

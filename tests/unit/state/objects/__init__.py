"""The embedded store: keys, files, listings."""

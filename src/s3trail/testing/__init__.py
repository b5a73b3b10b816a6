"""Test kit: a real server in a temporary directory, its audit records as plain dicts (`testing.server`)."""

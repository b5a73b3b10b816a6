"""userIdentity of each type, by real calls."""

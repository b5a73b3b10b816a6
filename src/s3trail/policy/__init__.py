"""Who may do what: pure decisions over values."""

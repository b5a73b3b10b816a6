"""What follows the journal: each consumer at its own position."""

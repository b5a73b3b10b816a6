"""The journal: every audit record in one total order, durable, hash-chained, append-only."""

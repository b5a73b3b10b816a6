"""Words without I/O that every other package uses: call, caller, operation, errors, clock, ids, arn."""

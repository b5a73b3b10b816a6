"""The CloudTrail API: one module per resource, one function per operation."""

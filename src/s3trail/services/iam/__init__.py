"""The IAM API: one module per resource."""

"""The AWS services: one package per API, one module per resource, one function per operation."""

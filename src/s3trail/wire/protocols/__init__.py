"""One module per protocol: each compiles an operation of a model to its parser and its renderer."""

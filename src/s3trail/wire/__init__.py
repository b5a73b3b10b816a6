"""AWS protocols as bytes: HTTP values, signatures, and the parsers and renderers of every operation."""

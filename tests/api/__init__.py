"""The API as clients see it: answers and audit records of a running server."""

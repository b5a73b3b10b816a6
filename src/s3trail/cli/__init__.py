"""The command line: `s3trail serve`, and the commands that look at a data directory without the server."""

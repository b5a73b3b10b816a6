"""Benchmarks: s3trail beside other S3 servers, one load generator, one machine. Start: `python -m bench`."""

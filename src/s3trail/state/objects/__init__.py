"""The embedded object store: buckets, keys, object metadata, multipart uploads, and the files of bytes."""

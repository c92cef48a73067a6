"""Where servers keep what they share: a folder, or a bucket of S3."""

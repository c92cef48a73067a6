"""The API of Cloudflare Workflows."""

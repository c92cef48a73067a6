"""The metrics of a server, in the Prometheus format."""

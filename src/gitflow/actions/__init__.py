"""What a step does: processes, requests, and how each came out."""

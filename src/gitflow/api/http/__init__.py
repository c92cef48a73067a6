"""HTTP itself: requests, responses, bodies, parameters and errors."""

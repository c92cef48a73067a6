"""Pull requests: decides when each is judged, and sends the result to its code host."""

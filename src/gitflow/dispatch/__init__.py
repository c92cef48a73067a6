"""How a ready step reaches a worker, and how a worker is told to stop."""

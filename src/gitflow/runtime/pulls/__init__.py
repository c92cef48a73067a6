"""Pull requests: which are judged when, and what their code host is told."""

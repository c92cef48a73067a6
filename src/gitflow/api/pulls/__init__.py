"""Pull requests of a server: what judges them, and the process in which it does."""

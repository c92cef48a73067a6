"""Pull requests of a server: the service, and the process that judges them."""

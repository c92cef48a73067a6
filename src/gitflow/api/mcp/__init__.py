"""``/mcp``: the tools of the Model Context Protocol as requests of this server's API."""

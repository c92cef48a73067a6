"""The Model Context Protocol: what assistants may read and do, over stdio and at ``/mcp`` of a server."""

"""The API of Komand."""

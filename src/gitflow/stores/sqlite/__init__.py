"""The store in one SQLite file, with the logs in files of their own."""

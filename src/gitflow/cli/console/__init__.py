"""What every command has in common: options, streams, tables and exit statuses."""

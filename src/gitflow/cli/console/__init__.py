"""What the commands share: options, streams, tables and exit statuses."""

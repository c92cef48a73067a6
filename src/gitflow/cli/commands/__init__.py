"""The commands, defined with click: options, arguments and help."""

"""The commands as click knows them: options, arguments and help."""

"""Commands on a state directory of this machine."""

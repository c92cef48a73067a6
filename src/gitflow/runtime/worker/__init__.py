"""The worker: what an attempt is given, and how it is started and watched."""

"""The runners: they run a step in a process of its own or in a thread of this process."""

"""Where a step runs: in a process of its own, or in a thread of this one."""

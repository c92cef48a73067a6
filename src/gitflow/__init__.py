"""gitflow: tasks, actions and triggers in git; one tool that runs them."""

__version__ = "0.1.0"

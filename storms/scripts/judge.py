"""The judgement that the storm of scripts tries: what to change here when it moves."""

from gitflow.core.definition import Script
from gitflow.core.problems import Severity
from gitflow.definitions.shell_safety import Prepared, prepare

#: The rules of warnings about values that flow through the script's own variables and files. Where one of them was
#: given, and only there, a script may execute a value.
FLOWS = frozenset({"shell-flows-into-code"})

#: How the words of a ``cmd`` list and the variables of an ``env`` are judged: functions of them and of ``is_number``
#: that give faults.
judge_list = None
judge_env = None

__all__ = ["FLOWS", "Prepared", "Script", "Severity", "judge_env", "judge_list", "prepare"]

"""The mean of the numbers a step was given."""

import json
import os
import statistics

with open(os.environ["GITFLOW_INPUT"]) as file:
    numbers = json.load(file)["numbers"]

print("mean of", numbers)
with open(os.environ["GITFLOW_OUTPUT"], "w") as file:
    json.dump({"mean": statistics.mean(numbers)}, file)

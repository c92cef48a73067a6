"""The mean of the numbers a step was given."""

import json
import os
import statistics

with open(os.environ["GITFLOW_INPUT"]) as file:
    numbers = json.load(file)["numbers"]

print("mean of", numbers)
with open(os.path.join(os.environ["GITFLOW_OUTPUTS"], "mean"), "w") as file:
    file.write(str(statistics.mean(numbers)))

"""The server of the API's tests, for the tests of the other APIs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

"""What ``/metrics`` counts of the requests: how many, how long, by route and status."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.api.route import Route

#: The upper ends of the buckets, in seconds.
BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)


class Timed:
    """A histogram of one route."""

    __slots__ = ("buckets", "count", "sum_s")

    def __init__(self) -> None:
        self.buckets = [0] * len(BUCKETS)
        self.count = 0
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.sum_s += seconds
        for at, most in enumerate(BUCKETS):
            if seconds <= most:
                self.buckets[at] += 1
                break


class Metrics:
    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, int], int] = {}  #: (method, path of the route, status) -> how many
        self.times: dict[tuple[str, str], Timed] = {}
        self.counters: dict[str, int] = {}  #: what other parts count, by their full names
        self.helps: dict[str, str] = {}

    def counter(self, name: str, help: str) -> None:
        """Something else to count, from 0; ``name`` begins with ``gitflow_`` and ends with ``_total``."""
        self.counters.setdefault(name, 0)
        self.helps[name] = help

    def add(self, name: str, by: int = 1) -> None:
        self.counters[name] += by

    def count(self, method: str, route: Route | None, status: int, seconds: float) -> None:
        """Paths are those of routes, never of requests: there are only so many."""
        path = route.path if route is not None else "unmatched"
        method = route.method if route is not None else "other"
        key = (method, path, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        timed = self.times.get((method, path))
        if timed is None:
            timed = self.times[(method, path)] = Timed()
        timed.add(seconds)

"""Routes are added to the tree when a path is looked for that begins as theirs do."""

from __future__ import annotations

import pytest

from gitflow.api.http.response import Response
from gitflow.api.http.route import Route
from gitflow.api.http.router import Router


async def handler(_) -> Response:
    raise AssertionError


def route(method: str, path: str) -> Route:
    return Route(method, path, handler, "view", "Test")


class Module:
    """Counts how often it is loaded, and fails the first ``failures`` times."""

    def __init__(self, *paths: str, failures: int = 0) -> None:
        self.loaded = 0
        self._paths, self._failures = paths, failures

    def __call__(self) -> list[Route]:
        self.loaded += 1
        if self.loaded <= self._failures:
            raise ImportError("broken")
        return [route("GET", path) for path in self._paths]


def router(**modules: Module) -> Router:
    made = Router()
    for beginning, module in modules.items():
        made.add_later([f"/{beginning}"], module)
    return made


def path_of(made: Router, path: str) -> str | None:
    found = made.find(path)
    return None if found is None else found[0]["GET"].path


def test_only_what_a_path_needs_is_loaded_and_only_once():
    jobs, tasks = Module("/jobs", "/jobs/{id}"), Module("/tasks")
    made = router(jobs=jobs, tasks=tasks)
    assert [path_of(made, path) for path in ("/jobs", "/jobs/1", "/jobs", "/other")] == [
        *("/jobs", "/jobs/{id}", "/jobs", None)
    ]
    assert (jobs.loaded, tasks.loaded) == (1, 0)


def test_a_module_with_several_beginnings_is_loaded_once():
    module = Module("/a/x", "/b/x")
    made = Router()
    made.add_later(["/a", "/b"], module)
    assert [path_of(made, path) for path in ("/a/x", "/b/x")] == ["/a/x", "/b/x"]
    assert module.loaded == 1


def test_a_literal_segment_of_a_module_that_is_not_loaded_yet_goes_before_a_name():
    made = Router()
    made.add_later(["/jobs"], Module("/jobs/{id}"))
    made.add_later(["/jobs/counts"], Module("/jobs/counts"))
    assert path_of(made, "/jobs/1") == "/jobs/{id}"
    assert path_of(made, "/jobs/counts") == "/jobs/counts"


def test_the_methods_of_a_path_are_those_of_all_its_modules():
    made = Router()
    made.add_later(["/jobs"], Module("/jobs/{id}"))
    made.add_later(["/jobs/{id}"], lambda: [route("DELETE", "/jobs/{id}")])
    found = made.find("/jobs/1")
    assert found is not None
    assert set(found[0]) == {"GET", "DELETE"}


def test_a_module_that_cannot_be_loaded_is_tried_again_and_hides_no_route():
    made = router(jobs=Module("/jobs", failures=1))
    with pytest.raises(ImportError):
        made.find("/jobs")
    assert path_of(made, "/jobs") == "/jobs"


def test_two_routes_of_one_path_and_method_are_refused():
    made = Router()
    made.add_later(["/jobs"], Module("/jobs/{id}", "/jobs/{other}"))
    with pytest.raises(ValueError, match="two routes answer GET"):
        made.find("/jobs/1")

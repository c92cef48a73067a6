"""What layers above ``http`` keep for a server."""

from __future__ import annotations

from collections.abc import Callable

from running import Running

from gitflow.api.http.context import Context


class Kept:
    """Something that a layer keeps."""

    def __init__(self, context: Context) -> None:
        self.context = context


def test_a_part_is_made_of_its_context_once(serve: Callable[..., Running]) -> None:
    context = serve().server.context
    assert context.part(Kept) is context.part(Kept)
    assert context.part(Kept).context is context


def test_each_server_has_parts_of_its_own(serve: Callable[..., Running]) -> None:
    one, other = serve(name="a").server.context, serve(name="b").server.context
    assert one.part(Kept) is not other.part(Kept)


def test_a_job_is_read_from_memory_while_it_runs_here_and_then_from_the_store(serve: Callable[..., Running]) -> None:
    server = serve()
    context = server.server.context
    job_id = server.execute("waiting")
    server.until(job_id, lambda job: job.steps["wait"].status == "suspended")
    assert context.job(context.stores, job_id) is context.open_job(job_id)
    server.post(f"/api/jobs/{job_id}/cancel")
    server.finished(job_id)
    stores = server.service.open_reader()
    try:
        assert context.open_job(job_id) is None
        assert context.job(stores, job_id).status.value == "cancelled"
    finally:
        stores.close()

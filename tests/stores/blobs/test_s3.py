"""What is particular to S3: what it refuses, and what becomes of credentials."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gitflow.stores.blobs.s3 import Bucket, S3Blobs
from gitflow.stores.protocols.blobs import BlobsAway, BlobsRefused
from s3_part import KEY, SECRET


@pytest.fixture
def answering():
    """A server that gives the same answer to whatever it is asked; answers its address."""
    servers = []

    def start(status, code):
        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = f"<Error><Code>{code}</Code><AWSAccessKeyId>{KEY}</AWSAccessKeyId></Error>".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *words):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def blobs_at(endpoint):
    return S3Blobs(Bucket("acme", "flows", endpoint, "eu-central-1", KEY, SECRET), 1)


@pytest.mark.parametrize(
    ("status", "code", "what", "remedy"),
    [
        (403, "AccessDenied", "access is denied", "allow s3:ListBucket"),
        (403, "InvalidAccessKeyId", "the access key is not known there", "artifacts.access_key_id"),
        (403, "SignatureDoesNotMatch", "the secret of the access key is wrong", "artifacts.secret_access_key_file"),
        (404, "NoSuchBucket", "there is no such bucket", "create it, or correct artifacts.url"),
        (301, "PermanentRedirect", "the bucket is in another region", "set artifacts.region"),
        (400, "ExpiredToken", "the credentials have expired", "AWS_ACCESS_KEY_ID"),
        (405, "MethodNotAllowed", "the request is refused (MethodNotAllowed)", ""),
    ],
)
def test_what_the_bucket_refuses_names_the_place_and_the_remedy(answering, tmp_path, status, code, what, remedy):
    blobs = blobs_at(answering(status, code))
    (tmp_path / "file").write_bytes(b"1")
    for attempt in (lambda: blobs.check(writes=False), lambda: blobs.put("a", str(tmp_path / "file"))):
        with pytest.raises(BlobsRefused) as refused:
            attempt()
        said = str(refused.value)
        assert said.startswith(f"artifacts.url: s3://acme/flows at http://127.0.0.1:{blobs.place.rpartition(':')[2]}: ")
        assert what in said
        assert remedy in said
        assert SECRET not in said
        assert KEY not in said
        assert refused.value.__cause__ is None


def test_a_bucket_that_fails_is_away(answering):
    with pytest.raises(BlobsAway, match=r"it answers 500 InternalError; check artifacts\.endpoint"):
        list(blobs_at(answering(500, "InternalError")).list())


def test_a_bucket_that_cannot_be_reached_is_away():
    with pytest.raises(BlobsAway, match=r"s3://acme/flows at http://127.0.0.1:1: it cannot be reached; check"):
        list(blobs_at("http://127.0.0.1:1").list())


def test_a_secret_is_not_shown_with_the_object():
    assert SECRET not in repr(blobs_at("http://127.0.0.1:1"))


def test_credentials_come_from_the_environment_where_none_are_given(s3_server, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    S3Blobs(Bucket(s3_server.new_bucket(), "", s3_server.endpoint), 1).check(writes=True)

"""Blobs as objects of an S3 bucket, or of a service that speaks the same (MinIO, Ceph, …), through obstore.

A put is one request, or the parts of one upload that ends at once: readers never see a part. S3 counts the SHA-256 of
what arrives, and refuses what is damaged on the way.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from gitflow.core.record import Record
from gitflow.stores.protocols.blobs import Blob, BlobsAway, BlobsRefused, NoBlob, checked_key

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from gitflow.core.errors import StoreError

_BLOCK = 1 << 20
#: The parts of an upload: S3 takes 10,000.
_PART, _PARTS = 8 << 20, 9_000
#: How long a request is tried again while the bucket cannot be reached, in seconds; and in a check.
_PATIENCE_S, _CHECK_S = 60, 5
_PROBE = "probe"

_CODE = re.compile(r"<Code>([A-Za-z0-9]+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_ALLOW = "allow s3:ListBucket for the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject for what is in it"
_CREDENTIALS = (
    "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the server's environment, or artifacts.access_key_id and "
    "artifacts.secret_access_key_file"
)
#: By the code of S3's answer: what is wrong, and what to do.
_REFUSALS = {
    "NoSuchBucket": ("there is no such bucket", "create it, or correct artifacts.url"),
    "InvalidBucketName": ("this is no name of a bucket", "correct artifacts.url"),
    "AccessDenied": ("access is denied", _ALLOW),
    "AllAccessDisabled": ("access is denied", _ALLOW),
    "InvalidAccessKeyId": ("the access key is not known there", _CREDENTIALS),
    "SignatureDoesNotMatch": ("the secret of the access key is wrong", _CREDENTIALS),
    "ExpiredToken": ("the credentials have expired", _CREDENTIALS),
    "PermanentRedirect": ("the bucket is in another region", "set artifacts.region to the bucket's"),
    "AuthorizationHeaderMalformed": ("the bucket is in another region", "set artifacts.region to the bucket's"),
}
#: By the status of an answer without a code.
_STATUS_CODES = {"301": "PermanentRedirect", "401": "InvalidAccessKeyId", "403": "AccessDenied"}


class Bucket(Record):
    name: str
    prefix: str = ""
    endpoint: str | None = None  #: None: that of AWS
    region: str | None = None  #: None: of the environment
    access_key_id: str | None = None  #: None: the credentials of the environment
    secret_access_key: str | None = None

    @property
    def place(self) -> str:
        at = f" at {self.endpoint}" if self.endpoint else ""
        return f"s3://{self.name}{'/' if self.prefix else ''}{self.prefix}{at}"


class S3Blobs:
    def __init__(self, bucket: Bucket, patience_s: float = _PATIENCE_S) -> None:
        """``patience_s``: how long a request is tried again while the bucket cannot be reached."""
        self._bucket = bucket
        self._store = _open(bucket, patience_s)

    @property
    def place(self) -> str:
        return self._bucket.place

    def put(self, key: str, path: str) -> None:
        part = max(_PART, os.path.getsize(path) // _PARTS + 1)
        with open(path, "rb") as file, self._explained(key):
            obstore.put(self._store, checked_key(key), file, chunk_size=part)

    @contextmanager
    def open(self, key: str) -> Generator[tuple[int, Iterator[bytes]]]:
        with self._explained(key):
            found = obstore.get(self._store, checked_key(key))
        yield found.meta["size"], self._blocks(key, found)

    def find(self, key: str) -> Blob | None:
        try:
            with self._explained(key):
                return _blob(obstore.head(self._store, checked_key(key)))
        except NoBlob:
            return None

    def list(self, prefix: str = "") -> Iterator[Blob]:
        top = checked_key(prefix) if prefix else None
        found: Iterator[Sequence[obstore.ObjectMeta]] = obstore.list(self._store, top)  # pyright: ignore[reportUnknownMemberType]
        while True:
            with self._explained(prefix):
                some = next(found, ())
            if not some:
                return
            yield from map(_blob, some)

    def remove(self, key: str) -> None:
        with self._explained(key):
            obstore.delete(self._store, checked_key(key))

    def remove_partial(self, now: float) -> int:
        """Parts of uploads are not listed with the objects: a rule of the bucket (its lifecycle) removes them."""
        return 0

    def check(self, *, writes: bool) -> None:
        quick = S3Blobs(self._bucket, _CHECK_S)
        for _ in quick.list(_PROBE):
            break
        if writes:
            key = f"{_PROBE}/{os.urandom(8).hex()}"
            quick.put(key, os.devnull)
            quick.remove(key)

    def _blocks(self, key: str, found: obstore.GetResult) -> Iterator[bytes]:
        blocks = iter(found.stream(min_chunk_size=_BLOCK))
        while True:
            with self._explained(key):
                block = next(blocks, None)
            if block is None:
                return
            yield bytes(block)

    @contextmanager
    def _explained(self, key: str) -> Generator[None]:
        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise self._refusal(error, key) from None  # its text has whole answers, which may name the access key

    def _refusal(self, error: Exception, key: str) -> StoreError:
        text = str(error).partition("Debug source")[0]
        code, status = _CODE.search(text), _STATUS.search(text)
        named = code[1] if code else _STATUS_CODES.get(status[1], "") if status else ""
        named = "PermanentRedirect" if "redirect" in text.lower() else named  # whose answer obstore leaves out
        if isinstance(error, FileNotFoundError) and named != "NoSuchBucket":
            return NoBlob(f"{self.place} has no {key}")
        if "169.254.169.254" in text:  # where a machine of AWS finds its role
            return BlobsRefused(f"artifacts.url: {self.place}: there are no credentials; {_CREDENTIALS}")
        if named in _REFUSALS:
            what, remedy = _REFUSALS[named]
            return BlobsRefused(f"artifacts.url: {self.place}: {what} ({named}); {remedy}")
        if status and status[1].startswith("4"):
            return BlobsRefused(f"artifacts.url: {self.place}: the request is refused ({named or status[1]})")
        why = f"it answers {status[1]} {named}".rstrip() if status else "it cannot be reached"
        remedy = "check artifacts.endpoint, artifacts.region and the network; it will be tried again"
        return BlobsAway(f"artifacts.url: {self.place}: {why}; {remedy}")


def _open(bucket: Bucket, patience_s: float) -> S3Store:
    given = {
        "endpoint": bucket.endpoint,
        "region": bucket.region,
        "access_key_id": bucket.access_key_id,
        "secret_access_key": bucket.secret_access_key,
        "checksum_algorithm": "SHA256",
        "disable_bulk_delete": True,  # some services do not have it, and we remove one by one
    }
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        config={name: value for name, value in given.items() if value is not None},  # pyright: ignore[reportArgumentType]
        client_options={
            "allow_http": (bucket.endpoint or "").startswith("http://"),
            "connect_timeout": "5s",
            "read_timeout": f"{max(int(patience_s) // 2, 3)}s",
            "timeout": "1h",
        },
        retry_config={"max_retries": 20, "retry_timeout": timedelta(seconds=patience_s)},
    )


def _blob(meta: obstore.ObjectMeta) -> Blob:
    return Blob(meta["path"], meta["size"], meta["last_modified"].timestamp())

"""A server that speaks S3, on a free port of this machine: moto's, in a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import boto3
import pytest
from moto.server import ThreadedMotoServer

#: Of buckets. Every server of a process has those of all of them: moto keeps them in the process.
NUMBERS = count(1)

KEY, SECRET, REGION = "test-key", "test-secret-that-nobody-may-see", "us-east-1"


@dataclass(frozen=True)
class S3Server:
    endpoint: str
    numbers: Iterator[int]

    @property
    def client(self):
        """Another client than the product's, to look at what is there and to change it."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name=REGION,
        )

    def new_bucket(self) -> str:
        name = f"bucket-{next(self.numbers)}"
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> list[str]:
        return sorted(found["Key"] for found in self.client.list_objects_v2(Bucket=bucket).get("Contents", ()))

    def content(self, bucket: str, key: str) -> bytes:
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield S3Server(f"http://{host}:{port}", NUMBERS)
    server.stop()

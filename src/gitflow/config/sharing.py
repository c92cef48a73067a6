"""The settings of the place where servers keep the artifacts that they share."""

from __future__ import annotations

from gitflow.core.record import Record


class ArtifactsConfig(Record):
    url: str  #: file:///folder or s3://bucket/prefix
    endpoint: str | None = None  #: of a service that speaks S3; None: AWS
    region: str | None = None
    access_key_id: str | None = None  #: None: the credentials of the environment, as AWS names them
    secret_access_key_file: str | None = None
    allow_http: bool = False  #: whether the endpoint may be reached without TLS

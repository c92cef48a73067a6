"""A place of blobs of each kind, empty."""

import pytest

from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.blobs.s3 import Bucket, S3Blobs
from s3_part import KEY, REGION, SECRET, s3_server  # noqa: F401


@pytest.fixture
def bucket(s3_server):  # noqa: F811
    def make(**fields):
        given = {
            "name": s3_server.new_bucket(),
            "endpoint": s3_server.endpoint,
            "region": REGION,
            "access_key_id": KEY,
            "secret_access_key": SECRET,
        }
        return Bucket(**given | fields)

    return make


@pytest.fixture(params=["folder", "s3", "s3 below a prefix"])
def place(request, tmp_path):
    if request.param == "folder":
        (tmp_path / "shared").mkdir()
        return FolderBlobs(str(tmp_path / "shared"))
    bucket = request.getfixturevalue("bucket")
    return S3Blobs(bucket(prefix="of/gitflow" if "prefix" in request.param else ""), 1)


@pytest.fixture
def blobs(place):
    return place

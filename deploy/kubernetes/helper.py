"""The helper of a pod: brings files in before the step, and its output out after it. Only Python's own library.

    helper.py fetch     the first container: the files of the revision, and the artifacts of the steps before
    helper.py keeper    beside the step: its output and artifacts, once the server says that the step has ended

The keeper stays until the pod is deleted: the server deletes the Job once the end of the step is stored, and until
then a server that was restarted may ask for the output again.
"""

import hashlib
import io
import json
import os
import shutil
import signal
import sys
import tarfile
import time
import urllib.error
import urllib.request
from functools import partial
from urllib.parse import quote

ROOT = "/gitflow"
LOG = "/dev/termination-log"
#: How long the server may be away before the files are given up, and how long an answer may take, in seconds.
PATIENCE_S, TIMEOUT_S = 1800, 60
#: How long the keeper waits for a server that never answers: longer than any update of it.
KEEP_S = 24 * 3600
PAUSE_S = 0.5
#: The largest output, as the server has it.
MAX_OUTPUT = (1 << 20) + 1
BLOCK = 1 << 20


class Refused(Exception):
    """The server has refused; trying again would not help."""


def call(method, path, data=None, length=None):
    """The answer, open. Tries again while the server cannot answer. ``data``: a function that opens the body."""
    until = time.monotonic() + PATIENCE_S
    words = [os.environ["GITFLOW_JOB_ID"], os.environ["GITFLOW_STEP"], os.environ["GITFLOW_ATTEMPT"]]
    url = os.environ["GITFLOW_SERVER"] + "/api/pods/" + "/".join(quote(word, safe="") for word in words) + path
    while True:
        headers = {"Gitflow-Attempt": os.environ["GITFLOW_TOKEN"], "Gitflow-Pod": os.environ["GITFLOW_POD"]}
        if data is not None:
            headers.update({"Content-Type": "application/octet-stream", "Content-Length": str(length)})
        body = None if data is None else data()
        try:
            return urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            # 404: the server may be new, and does not know the attempt yet.
            if error.code < 500 and error.code not in (404, 408, 429):
                raise Refused(f"the server refuses {path}: {reason(error)}") from None
            failure = f"{error.code} {reason(error)}"
        except OSError as error:
            failure = str(error)
        finally:
            if body is not None:
                body.close()
        if time.monotonic() > until:
            raise Refused(f"the server does not answer {path}: {failure}")
        time.sleep(PAUSE_S)


def reason(error):
    try:
        return json.load(error)["error"]
    except (ValueError, KeyError, TypeError, OSError):
        return error.reason


def fetch():
    os.umask(0)
    for name in ("work", "output/outputs", "artifacts", "needs"):
        os.makedirs(os.path.join(ROOT, name), exist_ok=True)
    folders = dict(pair.split("=", 1) for pair in os.environ["GITFLOW_FOLDERS"].split(",") if pair)
    with_retries(lambda: fetch_files(folders))
    if os.environ.get("GITFLOW_HAS_NEEDS"):
        with_retries(fetch_needs)


def with_retries(work):
    """A connection that breaks in the middle is begun anew."""
    tries = 5
    while tries:
        try:
            work()
        except (OSError, EOFError, tarfile.TarError) as error:
            tries -= 1
            if not tries:
                raise Refused(f"the files cannot be brought: {error}") from None
            time.sleep(2)
        else:
            return


def fetch_files(folders):
    """Also asked for where no files are wanted: the server then knows which pod has begun."""
    aside = os.path.join(ROOT, ".archive")
    shutil.rmtree(aside, ignore_errors=True)
    with call("GET", "/files") as answer, tarfile.open(fileobj=answer, mode="r|") as archive:
        for member in archive:
            if member.name.partition("/")[0] in folders:
                archive.extract(member, aside, set_attrs=False)
                if member.isreg():
                    os.chmod(os.path.join(aside, member.name), member.mode & 0o777 | 0o666)
    for name, target in folders.items():
        source = os.path.join(aside, name)
        if os.path.isdir(target) and not os.listdir(target):
            os.rmdir(target)
        if os.path.isdir(source) and not os.path.exists(target):
            os.rename(source, target)
    shutil.rmtree(aside, ignore_errors=True)


def fetch_needs():
    with call("GET", "/needs") as answer:
        listed = json.load(answer)
    for each in listed:
        folder = os.path.join(ROOT, "needs", each["step"], *([] if each["index"] is None else [str(each["index"])]))
        path = os.path.join(folder, each["name"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        digest = hashlib.sha256()
        with call("GET", "/needs/" + each["sha256"]) as answer, open(path, "wb") as file:
            while block := answer.read(BLOCK):
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != each["sha256"]:
            raise OSError("an artifact has arrived changed")
        os.chmod(path, each["mode"] & 0o777 | 0o644)


def keeper():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    until = time.monotonic() + KEEP_S
    while time.monotonic() < until:
        try:
            with call("GET", "/ended") as answer:
                has_ended = json.load(answer)["ended"]
            if has_ended:
                send()
        except Refused as refused:
            print(refused, flush=True)
            time.sleep(10)
        except (OSError, ValueError) as error:
            print(error, flush=True)
            time.sleep(1)


def send():
    artifacts = list(send_artifacts(os.path.join(ROOT, "artifacts")))
    packed = pack(json.dumps(artifacts).encode())
    call("PUT", "/output", lambda: io.BytesIO(packed), len(packed)).close()


def send_artifacts(folder):
    for above, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(above, name)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            digest, size = digest_of(path)
            call("PUT", "/artifacts/" + digest, partial(open, path, "rb"), size).close()
            mode = os.stat(path).st_mode & 0o777
            yield {"name": os.path.relpath(path, folder), "size": size, "mode": mode, "digest": digest}


def digest_of(path):
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def pack(artifacts):
    """Files that are too large are cut: the server then refuses them by their size."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        add(archive, "artifacts.json", artifacts)
        room = 4 * MAX_OUTPUT
        for name in ("output", *("outputs/" + each for each in sorted(os.listdir(ROOT + "/output/outputs")))):
            path = os.path.join(ROOT, "output", name)
            if os.path.isfile(path) and not os.path.islink(path) and room > 0:
                with open(path, "rb") as file:
                    data = file.read(MAX_OUTPUT)
                room -= len(data)
                add(archive, name, data)
    return packed.getvalue()


def add(archive, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def main():
    try:
        {"fetch": fetch, "keeper": keeper}[sys.argv[1]]()
    except Refused as refused:
        print(refused, flush=True)
        try:
            with open(LOG, "w") as log:
                log.write(str(refused))
        except OSError:
            pass
        sys.exit(1)


if __name__ == "__main__":
    main()

"""Where the API server is, and how to speak to it: from the files that every pod has, or from a kubeconfig."""

from __future__ import annotations

import os
import ssl
import tempfile
from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING

import yaml

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json, JsonObject

#: Where a pod finds its service account.
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


class NoAccess(GitflowError):
    """There is no usable configuration for a cluster. The text is a sentence with the remedy."""

    code = "invalid_config"


class Access(Record):
    url: str
    namespace: str
    tls: ssl.SSLContext | None  #: None: without TLS
    token: str = ""
    token_file: str = ""  #: read again for each request, because the cluster replaces the token

    def headers(self) -> dict[str, str]:
        """Raises OSError."""
        token = self.token
        if self.token_file:
            with open(self.token_file, encoding="utf-8") as file:
                token = file.read().strip()
        return {"Authorization": f"Bearer {token}"} if token else {}


def find_access(kubeconfig: str | None, environ: Mapping[str, str], folder: str = SERVICE_ACCOUNT) -> Access:
    """How to reach the cluster of a kubeconfig, or without one the cluster of this pod. Raises NoAccess."""
    try:
        return _from_pod(environ, folder) if kubeconfig is None else _from_file(kubeconfig)
    except (OSError, ssl.SSLError) as error:
        raise NoAccess(f"worker.kubernetes: {error.filename or ''}: {error.strerror or error}") from None
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise NoAccess(f"worker.kubernetes: {kubeconfig!r} is not a valid kubeconfig: {error}") from None


def _from_pod(environ: Mapping[str, str], folder: str) -> Access:
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise NoAccess("worker.kubernetes: this server does not run in a pod; name a file in `kubeconfig`")
    namespace = "default"
    with suppress(FileNotFoundError), open(os.path.join(folder, "namespace"), encoding="utf-8") as file:
        namespace = file.read().strip()
    tls = ssl.create_default_context(cafile=os.path.join(folder, "ca.crt"))
    shown = f"[{host}]" if ":" in host else host
    return Access(f"https://{shown}:{port}", namespace, tls, token_file=os.path.join(folder, "token"))


def _from_file(path: str) -> Access:
    with open(path, encoding="utf-8") as file:
        config = yaml.safe_load(file)
    context = _named(config, "contexts", config["current-context"])["context"]
    cluster = _named(config, "clusters", context["cluster"])["cluster"]
    user: JsonObject = _named(config, "users", context["user"])["user"] or {}
    for unknown in ("exec", "auth-provider"):
        if unknown in user:
            raise NoAccess(
                f"worker.kubernetes: the user of {path!r} is found by `{unknown}`, which runs a program; use a token "
                "of a service account, or a client certificate"
            )
    url = str(cluster["server"]).rstrip("/")
    base = os.path.dirname(os.path.abspath(path))
    tls = _tls(cluster, user, base) if url.startswith("https:") else None
    token_file = os.path.join(base, user["tokenFile"]) if user.get("tokenFile") else ""
    return Access(url, context.get("namespace") or "default", tls, user.get("token") or "", token_file)


def _named(config: Json, kind: str, name: str) -> JsonObject:
    listed = config.get(kind) if is_object(config) else None
    for each in listed if is_list(listed) else ():
        if is_object(each) and each.get("name") == name:
            return each
    raise NoAccess(f"worker.kubernetes: the kubeconfig has no {kind[:-1]} named {name!r}")


def _tls(cluster: JsonObject, user: JsonObject, base: str) -> ssl.SSLContext:
    data = cluster.get("certificate-authority-data")
    tls = ssl.create_default_context(
        cafile=os.path.join(base, cluster["certificate-authority"]) if cluster.get("certificate-authority") else None,
        cadata=b64decode(data).decode() if data else None,
    )
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    if user.get("client-certificate"):
        tls.load_cert_chain(os.path.join(base, user["client-certificate"]), os.path.join(base, user["client-key"]))
    elif user.get("client-certificate-data"):
        _load_data(tls, b64decode(user["client-certificate-data"]) + b"\n" + b64decode(user["client-key-data"]))
    return tls


def _load_data(tls: ssl.SSLContext, chain: bytes) -> None:
    """Python reads certificates only from files, so this one is written to a file that is deleted at once."""
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(chain)
        file.flush()
        tls.load_cert_chain(file.name)

"""The settings of a Kubernetes cluster whose Jobs run steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, field

if TYPE_CHECKING:
    from gitflow.core.values import Json, JsonObject


class KubernetesConfig(Record):
    helper_image: str
    server_url: str | None = None  #: how pods reach this server; None: ``public_url``
    allow_http: bool = False  #: whether pods may reach it without TLS
    kubeconfig: str | None = None  #: None: this server runs in a pod of the cluster
    namespace: str | None = None  #: None: that of the pod or the kubeconfig
    service_account: str | None = None  #: of the pods; None: the default one
    image_pull_secrets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    slots: int = 50
    lost_after: float = 300.0  #: how long a silent node may still report the end of a pod, in seconds
    template: JsonObject = field(default_factory=dict[str, "Json"])

from podman_part import podman

__all__ = ["podman"]

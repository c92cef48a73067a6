"""Runs attempts as Jobs of a Kubernetes cluster. To the fleet, the cluster is one more agent (target.py)."""

"""Runs attempts as Jobs of a Kubernetes cluster: to the fleet, the cluster is one more agent (target.py)."""

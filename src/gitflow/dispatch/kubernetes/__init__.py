"""Steps as Jobs of a Kubernetes cluster: manifests, the API's client, and what the states of a pod mean.

Nothing here knows gitflow's engine; runtime/worker/kubernetes connects both.
"""

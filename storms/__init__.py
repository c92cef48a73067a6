"""Long tests of guarantees under failures: ``make storm``, or ``python -m storms NAME``."""

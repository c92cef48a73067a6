"""Long trials of what must hold when everything goes wrong: ``make storm``, or ``python -m storms NAME``."""

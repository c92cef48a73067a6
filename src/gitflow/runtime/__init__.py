"""Joins the core to the wings: tells it what happened, carries out what it orders."""

"""Pacing: never rude to IB, and never an order behind a data request."""

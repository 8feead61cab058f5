"""Alerts: what the trader must be told without asking."""

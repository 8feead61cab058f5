"""Orders: what has become of each one, told by IB's own callbacks and believed with care."""

"""The tape: every contract's prices as a function of time and the seed."""

"""What the gateway answers, by subject; each module ends in its table of requests."""

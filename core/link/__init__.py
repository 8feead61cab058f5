"""The link: two connections told apart, backoff, breaker, heartbeat. Decides; sends nothing itself."""

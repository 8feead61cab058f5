"""What the accounts hold and are worth, as the gateway states it."""

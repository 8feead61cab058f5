"""The pre-trade gate and its rules: the only place where an order is approved."""

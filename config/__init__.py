"""The shipped defaults: ibkr_config.ini, risk_config.yaml, trading_permissions.yaml."""

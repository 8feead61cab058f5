"""The trader's screen: everything Qt, and nothing that decides."""

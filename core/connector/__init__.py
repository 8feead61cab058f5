"""The connector acts: it carries facts to the desk and the desk's requests out; it decides nothing."""

from core.connector.clock import SteadyClock
from core.connector.pump import Journal
from core.connector.wishes import Connector

__all__ = ["Connector", "Journal", "SteadyClock"]

"""What the program says about itself: logs as JSON lines, masked, cleaned, rate-limited, and the last ones in memory."""

from core.telemetry.context import correlated
from core.telemetry.logs import Telemetry, start
from core.telemetry.ring import LogLine, Ring

__all__ = ["LogLine", "Ring", "Telemetry", "correlated", "start"]

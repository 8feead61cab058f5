"""The chart: pure scales and geometry, batched drawing, and one widget. Only here is pyqtgraph imported."""

"""IBDesk's core: the desk, what it knows, and what connects it; never imports Qt."""

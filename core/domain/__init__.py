"""The values, events and requests everything else speaks in: names only, no behaviour of note."""

"""Windows of their own: none is modal, none takes the focus."""

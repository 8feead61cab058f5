"""The market as the desk sees it: quotes and bars."""

"""Small widgets that know nothing of trading: they show what they are handed."""

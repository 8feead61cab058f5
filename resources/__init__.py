"""Data only: fonts, icons, style."""

"""Orders: what each type needs, what is refused, how they fill, and their life from arrival to end."""

"""A group's year planned from its monthly figures, then played through the services."""

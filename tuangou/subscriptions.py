"""Who listens to what: the whole list, in one place."""


def connect() -> None:
    """Called once when Django is ready; each line is `subscribe("kind", handler)`."""

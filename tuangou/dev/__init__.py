"""What stands behind the make targets. Standard library only; no app imports it."""

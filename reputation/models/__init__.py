"""What is remembered of merchants and initiators (domain section 7)."""

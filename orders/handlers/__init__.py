"""Answers to news of rounds, orders, money and returns: who hears of it, and what follows.

Each handler takes at most three statements, however many people it tells, and does nothing when it
runs again: notices are unique per event and person, pausing looks at what holds now. Nobody is
told of what she did herself. A handler's lasting name is its package's: it may change files.
"""

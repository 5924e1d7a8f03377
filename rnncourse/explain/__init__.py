"""Explaining what a network does: a Trace or weights in, a result object out. No drawing here."""

"""Derived and disposable: rebuilt from the journal."""

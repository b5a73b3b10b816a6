"""Selectors and patterns: compiled once, pure."""

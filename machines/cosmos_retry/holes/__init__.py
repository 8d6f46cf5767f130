"""Holes of a record: times that are not exact, and attempts and answers that are missing."""

"""Holes of a record: times that are not exact, attempts and answers that are missing, and what explains both."""

"""Mutation: the contract broken in one place at a time, and what notices it."""

"""Conformance vectors: what other implementations take to hold themselves against the contract."""

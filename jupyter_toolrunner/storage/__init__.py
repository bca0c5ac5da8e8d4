"""Bytes: artifacts by digest, and the log of each attempt."""

"""RQ and Redis: doorbell, events, live logs, the worker, and the embedded server with its supervisor.

The database is the truth; everything here may be lost, doubled or late without harm.
"""

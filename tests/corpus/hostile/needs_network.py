"""Asks a server when it is imported."""
import argparse
import socket
with socket.create_connection(("127.0.0.1", 9), timeout=1):
    pass
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--server", default="127.0.0.1")
p.parse_args()

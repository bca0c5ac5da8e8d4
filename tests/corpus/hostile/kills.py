"""Ends every process it may."""
import argparse, os, signal
try:
    os.kill(-1, signal.SIGKILL) if os.environ.get("CORPUS_REALLY") else os.kill(os.getppid(), signal.SIGKILL)
except OSError as error:
    print("could not:", error)
p = argparse.ArgumentParser(description="Ends its parent")
p.add_argument("--survivors", type=int, default=1)
p.parse_args()

"""Leaves processes behind."""
import argparse, os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(300)
        os._exit(0)
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--children", type=int, default=3)
p.parse_args()

"""Takes all memory at import."""
import argparse
hoard = []
for _ in range(10_000):
    hoard.append(bytearray(1 << 26))
    if len(hoard) > 400:
        raise MemoryError("that was not for you")
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--more", action="store_true")
p.parse_args()

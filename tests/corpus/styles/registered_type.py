"""A type that is registered by its name."""
import argparse
p = argparse.ArgumentParser(description=__doc__)
p.register("type", "bool", lambda s: s.lower() in ("yes", "true", "t", "1"))
p.register("type", "hex", lambda s: int(s, 16))
p.add_argument("--on", type="bool", default=False)
p.add_argument("--address", type="hex", default=255)
print(p.parse_args())

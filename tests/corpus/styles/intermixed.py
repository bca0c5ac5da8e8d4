import argparse
p = argparse.ArgumentParser(description="Options between positionals")
p.add_argument("--foo")
p.add_argument("cmd")
p.add_argument("rest", nargs="*", type=int)
print(p.parse_intermixed_args())

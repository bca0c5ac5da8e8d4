import argparse, sys
for _ in range(200):
    print("x" * 100_000)
    sys.stderr.write("y" * 100_000)
p = argparse.ArgumentParser(description="Prints forty megabytes first")
p.add_argument("--after", default="all that")
print(p.parse_args())

import argparse, time
time.sleep(3600)
p = argparse.ArgumentParser(description="Sleeps an hour first")
p.add_argument("name")
p.parse_args()

# reads sys.argv by itself
import sys
if __name__ == "__main__":
    print("arguments:", sys.argv[1:])

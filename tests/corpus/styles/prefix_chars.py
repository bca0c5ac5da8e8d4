import argparse
p = argparse.ArgumentParser(description='Other signs before options', prefix_chars='-+/', fromfile_prefix_chars='@')
p.add_argument('+x', action='store_true', help='switch on')
p.add_argument('-x', action='store_false', dest='x')
p.add_argument('++name', default='n')
p.add_argument('/slash', type=int, default=3)
p.add_argument('words', nargs='*')
print(p.parse_args())

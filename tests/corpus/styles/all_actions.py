import argparse, json
def main():
    """Every action there is."""
    p = argparse.ArgumentParser()
    p.add_argument('--version', action='version', version='1.0')
    p.add_argument('--text', action='store')
    p.add_argument('--const', action='store_const', const=42)
    p.add_argument('--yes', action='store_true')
    p.add_argument('--no', action='store_false', default=True)
    p.add_argument('--colour', action=argparse.BooleanOptionalAction)
    p.add_argument('--cache', action=argparse.BooleanOptionalAction, default=True, help='keep results')
    p.add_argument('--add', action='append')
    p.add_argument('--add-int', action='append', type=int, default=[1, 2])
    p.add_argument('--pairs', action='append', nargs=2, metavar=('KEY', 'VALUE'))
    p.add_argument('--str', dest='types', action='append_const', const='str')
    p.add_argument('--int', dest='types', action='append_const', const='int')
    p.add_argument('--more', action='extend', nargs='+', default=[])
    p.add_argument('-v', '--verbose', action='count')
    p.add_argument('-q', action='count', default=0, dest='quiet')
    p.add_argument('--fast', dest='mode', action='store_const', const='fast', default='normal')
    p.add_argument('--slow', dest='mode', action='store_const', const='slow')
    print(json.dumps(vars(p.parse_args()), sort_keys=True))
if __name__ == '__main__':
    main()

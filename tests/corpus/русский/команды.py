"""Команды по-русски."""
import argparse
п = argparse.ArgumentParser(description=__doc__)
к = п.add_subparsers(dest="команда", required=True)
д = к.add_parser("добавить", help="добавить запись")
д.add_argument("имя")
д.add_argument("--срочно", action="store_true")
у = к.add_parser("удалить", help="удалить запись")
у.add_argument("номер", type=int)
print(п.parse_args())

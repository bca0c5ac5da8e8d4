"""Поиск слов в тексте."""
import argparse

parser = argparse.ArgumentParser(description="Ищет слова в тексте и считает их.")
parser.add_argument("слово", help="что искать")
parser.add_argument("--текст", default="мама мыла раму", help="где искать (по умолчанию: %(default)s)")
parser.add_argument("--регистр", action="store_true", help="учитывать регистр")
a = vars(parser.parse_args())
текст, слово = a["текст"], a["слово"]
if not a["регистр"]:
    текст, слово = текст.lower(), слово.lower()
print(текст.split().count(слово))

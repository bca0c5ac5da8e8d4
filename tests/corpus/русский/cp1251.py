# -*- coding: cp1251 -*-
"""Старая кодировка"""
import argparse
p = argparse.ArgumentParser(description="Файл в кодировке 1251")
p.add_argument("--name", default="Иван", help="чьё имя")
print(p.parse_args().name)

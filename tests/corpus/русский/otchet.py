# -*- coding: utf-8 -*-
"""Отчёт за период.

Считает итоги и пишет отчёт в текущую папку.
"""
import argparse
from pathlib import Path


def главная():
    разбор = argparse.ArgumentParser(description=__doc__)
    разбор.add_argument("--период", choices=["день", "неделя", "месяц"], default="день", help="за какой период")
    разбор.add_argument("--файл", type=Path, default=Path("отчёт.txt"), help="куда писать")
    разбор.add_argument("--подробно", "-п", action="store_true", help="со всеми строками")
    а = разбор.parse_args()
    а.файл.write_text(f"Отчёт: {а.период}\n", encoding="utf-8")
    print("Готово:", а.файл)


if __name__ == "__main__":
    главная()

"""The frame of every page: template, style, language, theme, and what a page may load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

_TEMPLATES = Path(__file__).parent / "templates"
#: Only what this server gives; nothing that stands in a page runs. Our script itself compiles schemas and plural rules.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self' data:; media-src 'self' data: blob:; frame-src 'self' blob: data:; connect-src 'self' ws: wss:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "all": "Dashboards",
        "back": "Back",
        "live": "Start the live page",
        "none": "Nothing is published yet. In Jupyter, open a notebook and choose “Publish as a Dashboard”.",
        "script": "A script draws this, and stored pages run none. A chart of Altair is kept as a chart after"
        " alt.renderers.enable('mimetype').",
        "stored": "Results of",
        "title": "Dashboards",
        "widget": "This is a control of the notebook: it works where a kernel does.",
    },
    "ru": {
        "all": "Страницы",
        "back": "Назад",
        "live": "Запустить живую страницу",
        "none": "Пока ничего не опубликовано. Откройте в Jupyter блокнот и выберите «Опубликовать как страницу».",
        "script": "Это рисует скрипт, а на сохранённых страницах скрипты не выполняются. Диаграмма Altair сохраняется как"
        " диаграмма после alt.renderers.enable('mimetype').",
        "stored": "Результаты от",
        "title": "Страницы",
        "widget": "Это элемент управления блокнота: он работает там, где работает ядро.",
    },
}


def language_of(accepted: str) -> str:
    """Of the two that there are, the one that the header `Accept-Language` names first."""
    for part in accepted.split(","):
        name = part.split(";")[0].strip().lower()[:2]
        if name in _TEXTS:
            return name
    return "en"


def notes_of(lang: str) -> Mapping[str, str]:
    """What is said in place of outputs that a stored page cannot show."""
    return {name: _TEXTS[lang][name] for name in ("script", "widget")}


def theme_of(asked: str | None) -> str:
    """Empty for that of the person's system."""
    return asked if asked in ("light", "dark") else ""


def render(template: str, *, lang: str, theme: str, **values: Any) -> str:
    made: str = (
        _environment()
        .get_template(template)
        .render(lang=lang, theme=theme, style=_style(), text=_TEXTS[lang], **values)
    )
    return made


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True)


@cache
def _style() -> str:
    return (_TEMPLATES / "dashboard.css").read_text("utf-8")

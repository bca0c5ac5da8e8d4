"""Words or tags of a folder as a cloud: what comes often is large."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...authoring import progress
from ..extras import library
from ..folders import Folder, FolderError
from ..pages import ENDINGS, pages_of, tags_of
from ..words import is_stop_word, language_of_word, stem, words_of

_GROUNDS = {"light": ("#ffffff", "viridis", 0.0, 0.75), "dark": ("#14191f", "viridis", 0.35, 1.0)}


def cloud(
    folder: Path | None,
    *,
    of: str,
    language: str,
    most: int,
    minimum: int,
    leave_out: Sequence[str],
    theme: str,
    exclude: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Write the cloud as PNG and SVG, and the words with their numbers as a table, into the current folder."""
    drawing = library("wordcloud")
    given = Folder(folder, exclude)
    files = given.files(ENDINGS)
    counted, pages = _counted(
        given, files, of, language, frozenset(stem(word) for each in leave_out for word in words_of(each))
    )
    ranked = [
        (word, n) for word, n in sorted(counted.items(), key=lambda item: (-item[1], item[0])) if n >= minimum
    ]
    if not ranked:
        what = "has a tag in its front matter" if of == "tags" else f"has a word that comes {minimum} times"
        raise FolderError(f"None of the {len(files)} files in {given.path} {what}: there is nothing to draw")
    progress(7, 10, f"Drawing {min(most, len(ranked))} {of}")
    stem_ = f"{given.title}.{of}"
    _draw(drawing, dict(ranked[:most]), stem_, theme, seed)
    table = f"{stem_}.csv"
    with Path(table).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([of.removesuffix("s"), "times", "pages"])
        writer.writerows([word, n, pages[word]] for word, n in ranked)
    print(f"{stem_}.png, {stem_}.svg, {table}: {len(ranked)} {of}")
    progress(10, 10, f"{len(ranked)} {of}")
    return {
        "pictures": [f"{stem_}.png", f"{stem_}.svg"],
        "table": table,
        of: len(ranked),
        "drawn": min(most, len(ranked)),
        "left_out": len(given.left_out),
        "top": dict(ranked[:20]),
    }


def _counted(
    folder: Folder, files: Sequence[Any], of: str, language: str, leave_out: frozenset[str]
) -> tuple[Counter[str], Counter[str]]:
    """How often each comes, and on how many pages; forms of a word count together, under the most frequent one."""
    numbers: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    for number, page in pages_of(folder, list(files)):
        progress(0.5 + 6 * number / len(files), 10, page.name)
        found = tags_of(page) if of == "tags" else words_of(page.text)
        here = set()
        for word in found:
            if of == "words" and (len(word) < 3 or is_stop_word(word)):
                continue
            if language not in ("all", language_of_word(word)):
                continue
            key = word.casefold() if of == "tags" else stem(word)
            if key in leave_out or (of == "tags" and stem(word) in leave_out):
                continue
            numbers[key] += 1
            here.add(key)
            forms.setdefault(key, Counter())[word if of == "tags" else word.lower()] += 1
        pages.update(here)
    named = {key: min(forms[key].items(), key=lambda item: (-item[1], item[0]))[0] for key in numbers}
    return (
        Counter({named[key]: n for key, n in numbers.items()}),
        Counter({named[key]: n for key, n in pages.items()}),
    )


def _draw(drawing: Any, numbers: dict[str, int], stem_: str, theme: str, seed: int) -> None:
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties, findfont

    ground, scale, low, high = _GROUNDS[theme]
    colors = mpl.colormaps[scale]

    def color(word: str, **_: Any) -> str:
        # By the word itself, so that the same word has the same color in every cloud.
        part = (sum(ord(letter) * 31**place for place, letter in enumerate(word[:6])) % 97) / 96
        return str(mpl.colors.to_hex(colors(low + (high - low) * part)))

    made = drawing.WordCloud(
        width=1200,
        height=760,
        margin=6,
        background_color=ground,
        # It has the letters of both languages, which the library's own font has not.
        font_path=findfont(FontProperties(family="DejaVu Sans")),
        max_words=len(numbers),
        random_state=seed,
        prefer_horizontal=0.92,
        relative_scaling=0.5,
        color_func=color,
        collocations=False,
    ).generate_from_frequencies(numbers)
    made.to_file(f"{stem_}.png")
    Path(f"{stem_}.svg").write_text(made.to_svg(embed_font=False), encoding="utf-8")

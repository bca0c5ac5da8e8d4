"""Tools about texts: searching, glossaries, contents, statistics and clouds."""
# No postponed annotations here: they are read as the tools' parameters.

from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Lt

from ...authoring import Accepts, tool

FolderPath = Annotated[Path, Accepts("inode/directory")]
IndexFile = Annotated[Path, Accepts(".search.sqlite")]


@tool(
    title="Search folder",
    category="Search",
    tags=("full text", "find", "index", "grep", "stemming", "sqlite"),
    delivery="idempotent",
    icon="search",
    preload=(
        "sqlite3",
        "markdown_it",
        "yaml",
        "snowballstemmer",
        "jupyter_toolrunner.starter.text.searching",
    ),
)
def search_folder(
    folder: FolderPath | None = None,
    query: str = "",
    index: IndexFile | None = None,
    limit: Annotated[int, Ge(1), Le(1000)] = 50,
    exclude: list[str] = ["node_modules"],  # noqa: B006 - shown as the form's default, never changed
    endings: list[str] = [],  # noqa: B006
) -> dict[str, Any]:
    """Find the places in a folder's texts that have some words, in all their forms, in English and Russian.

    Reads Markdown, HTML, notebooks and plain text. Leaves a report with the passages, a table, and the index, which a later
    search takes instead of the folder. Without a query it makes the index alone. Without a folder it takes example notes.

    Args:
        folder: The folder to look through, with all folders in it.
        query: Words to look for; "words in a row" in quotes, -word leaves places with it out, begin* is for the beginning of
            a word.
        index: The index of an earlier run, instead of a folder: what has changed since is not in it.
        limit: How many places to show, the best first.
        exclude: Names of folders and files to leave out.
        endings: Only files with these endings, such as .md; all kinds of text where empty.

    Returns:
        The best places, and the files' names.
    """
    from .searching import search

    return search(folder, index, query, limit=limit, exclude=exclude, endings=endings)


@tool(
    title="Make glossary",
    category="Text",
    tags=("terms", "definitions", "keywords", "vocabulary", "abbreviations"),
    delivery="idempotent",
    icon="text",
    preload=("markdown_it", "yaml", "snowballstemmer"),
)
def make_glossary(
    folder: FolderPath | None = None,
    frequent: Annotated[int, Ge(0), Le(1000)] = 40,
    minimum: Annotated[int, Ge(1)] = 4,
    exclude: list[str] = ["node_modules"],  # noqa: B006
) -> dict[str, Any]:
    """Gather the terms of a folder's texts: what is said of each, where, and how often it comes.

    Definitions are found in lists, after bold names, and in sentences such as "An orbit is the path …" or "Орбита — это
    путь …"; abbreviations with what they stand for. Frequent words without a definition are listed too. Without a folder it
    takes example notes.

    Args:
        folder: The folder with Markdown, HTML, notebooks and plain text.
        frequent: How many frequent words that are nowhere defined to list.
        minimum: Only such words that come at least so often.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with the number of terms.
    """
    from .glossary import glossary

    return glossary(folder, exclude=exclude, frequent=frequent, minimum=minimum)


@tool(
    title="Table of contents",
    category="Text",
    tags=("headings", "outline", "toc", "structure", "overview"),
    delivery="idempotent",
    icon="text",
    preload=("markdown_it", "yaml"),
)
def table_of_contents(
    folder: FolderPath | None = None,
    depth: Annotated[int, Ge(0), Le(6)] = 2,
    numbered: bool = False,
    exclude: list[str] = ["node_modules"],  # noqa: B006
) -> dict[str, Any]:
    """List the pages of a folder with their headings, as links that work from within the folder.

    Says where a heading skips a level. Leaves Markdown to be put into the folder, the same as a tree in JSON, and a table.
    Without a folder it takes example notes.

    Args:
        folder: The folder with Markdown, HTML and notebooks.
        depth: How many levels of headings to list below each page; the pages alone with 0.
        numbered: Number the pages and headings.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with the numbers of pages and headings, and what is wrong with headings.
    """
    from .contents import contents

    return contents(folder, depth=depth, numbered=numbered, exclude=exclude)


@tool(
    title="Text statistics",
    category="Statistics",
    tags=("readability", "words", "sentences", "flesch", "lix", "reading time"),
    delivery="idempotent",
    icon="number",
    preload=("markdown_it", "yaml", "snowballstemmer"),
)
def text_statistics(
    folder: FolderPath | None = None,
    language: Literal["auto", "english", "russian"] = "auto",
    top: Annotated[int, Ge(0), Le(200)] = 20,
    exclude: list[str] = ["node_modules"],  # noqa: B006
) -> dict[str, Any]:
    """Count words and sentences of a folder's texts, and tell how easily each is read.

    English by Flesch, Flesch-Kincaid, Gunning, SMOG, Coleman-Liau, ARI and LIX; Russian by the formulas of Oborneva and of
    Solovyev, Ivanov and Solnyshkina, and LIX. Leaves a report and a table with a row per page. Without a folder it takes
    example notes.

    Args:
        folder: The folder with Markdown, HTML, notebooks and plain text.
        language: The language of the texts; auto tells it by the letters of each.
        top: How many of the most frequent words to tell.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with the numbers of all texts together.
    """
    from .statistics import statistics

    return statistics(folder, language=language, exclude=exclude, top=top)


@tool(
    title="Tag cloud",
    category="Visualization",
    tags=("word cloud", "words", "tags", "frequency", "picture"),
    delivery="idempotent",
    icon="image",
    preload=("markdown_it", "yaml", "snowballstemmer", "matplotlib.font_manager"),
)
def tag_cloud(
    folder: FolderPath | None = None,
    of: Literal["words", "tags"] = "words",
    language: Literal["all", "english", "russian"] = "all",
    most: Annotated[int, Ge(1), Le(1000)] = 150,
    minimum: Annotated[int, Ge(1)] = 1,
    leave_out: list[str] = [],  # noqa: B006
    theme: Literal["light", "dark"] = "light",
    exclude: list[str] = ["node_modules"],  # noqa: B006
    seed: Annotated[int, Ge(0), Lt(2**32)] = 7,
) -> dict[str, Any]:
    """Draw the words or the tags of a folder's texts as a cloud: what comes often is large.

    Forms of a word count as one; words that say nothing by themselves are left out. Leaves the picture as PNG and SVG, and
    a table of all words with their numbers. Without a folder it takes example notes.

    Args:
        folder: The folder with Markdown, HTML, notebooks and plain text.
        of: What to draw: words of the texts, or tags of the front matter.
        language: Only words of this language.
        most: How many to draw, the most frequent first.
        minimum: Only what comes at least so often.
        leave_out: Words to leave out, in all their forms.
        theme: A light or a dark picture.
        exclude: Names of folders and files to leave out.
        seed: Another number gives another arrangement.

    Returns:
        The files' names with the most frequent.
    """
    from .cloud import cloud

    return cloud(
        folder,
        of=of,
        language=language,
        most=most,
        minimum=minimum,
        leave_out=leave_out,
        theme=theme,
        exclude=exclude,
        seed=seed,
    )


__all__ = ["make_glossary", "search_folder", "table_of_contents", "tag_cloud", "text_statistics"]

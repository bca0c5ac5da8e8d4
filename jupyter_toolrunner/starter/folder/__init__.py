"""Tools about folders: what is in them, what is wrong in them, and what can be made of them."""
# No postponed annotations here: they are read as the tools' parameters.

from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le

from ...authoring import Accepts, tool

FolderPath = Annotated[Path, Accepts("inode/directory")]
SchemaFile = Annotated[Path, Accepts(".json", ".yaml", ".yml", "application/json")]
TableFile = Annotated[Path, Accepts(".csv", ".tsv", ".json", ".jsonl", ".parquet", ".arrow", ".xlsx")]
Picture = Literal["none", "svg", "png"]
_PAGES = ("markdown_it", "yaml")


@tool(
    title="Summarize folder",
    category="Statistics",
    tags=("overview", "disk usage", "files", "sizes", "lines"),
    delivery="idempotent",
    icon="folder",
    preload=("pyarrow.parquet", "altair"),
)
def summarize_folder(
    folder: FolderPath | None = None,
    largest: Annotated[int, Ge(1), Le(500)] = 20,
    exclude: list[str] = ["node_modules", "__pycache__"],  # noqa: B006 - shown as the form's default, never changed
) -> dict[str, Any]:
    """Tell what is in a folder: how many files of which kind, how large, how old, and which are empty.

    Leaves a report, a table with a row per file, and a chart. Without a folder it takes example notes.

    Args:
        folder: The folder to look through, with all folders in it.
        largest: How many of the largest and of the newest files to name.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with numbers about the folder.
    """
    from .overview import summarize

    return summarize(folder, exclude=exclude, largest=largest)


@tool(
    title="Find duplicates",
    category="Validation",
    tags=("same files", "copies", "similar texts", "minhash", "clean up"),
    delivery="idempotent",
    icon="clean",
    preload=_PAGES,
)
def find_duplicates(
    folder: FolderPath | None = None,
    near: bool = True,
    similarity: Annotated[float, Ge(0.2), Le(1)] = 0.7,
    smallest: Annotated[int, Ge(1)] = 1,
    exclude: list[str] = ["node_modules", "__pycache__"],  # noqa: B006
    endings: list[str] = [],  # noqa: B006
) -> dict[str, Any]:
    """Find files with the same content, and texts that are nearly the same.

    Files are compared by all of their bytes; texts by the runs of four words that they share. Nothing is deleted. Leaves a
    report and tables. Without a folder it takes example notes.

    Args:
        folder: The folder to look through, with all folders in it.
        near: Look for texts that are nearly the same too.
        similarity: How much two texts must share to be told: 1 for all of it.
        smallest: Only files of at least so many bytes are compared by content.
        exclude: Names of folders and files to leave out.
        endings: Only files with these endings, such as .md; all where empty.

    Returns:
        The files' names with the numbers of duplicates.
    """
    from .duplicates import find

    return find(folder, near=near, similarity=similarity, smallest=smallest, exclude=exclude, endings=endings)


@tool(
    title="Check links",
    category="Validation",
    tags=("broken links", "dead links", "anchors", "404", "markdown", "html"),
    delivery="idempotent",
    icon="check",
    preload=_PAGES,
)
def check_links(
    folder: FolderPath | None = None,
    web: bool = False,
    timeout: Annotated[float, Gt(0), Le(120)] = 10.0,
    most: Annotated[int, Ge(1), Le(10_000)] = 500,
    pages_alone: bool = False,
    exclude: list[str] = ["node_modules"],  # noqa: B006
) -> dict[str, Any]:
    """Find the links in a folder's Markdown, HTML and notebooks that lead nowhere.

    Looks at files and headings without any network, [[wiki links]] and pictures too. Addresses of the web are asked for only
    where wanted: each once, the pages of a host one after the other. Without a folder it takes example notes.

    Args:
        folder: The folder to look through, with all folders in it.
        web: Ask for addresses of the web too.
        timeout: For the web: how many seconds to wait for an answer.
        most: For the web: ask for so many addresses at most.
        pages_alone: Tell the pages too that no other page links to.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with the numbers of links and of those that are broken.
    """
    from .checking import check

    return check(folder, web=web, timeout=timeout, most=most, pages_alone=pages_alone, exclude=exclude)


@tool(
    title="Validate metadata",
    category="Validation",
    tags=("front matter", "json schema", "yaml", "required", "quality"),
    delivery="idempotent",
    icon="check",
    preload=("jsonschema", "yaml"),
)
def validate_metadata(
    folder: FolderPath | None = None,
    schema: SchemaFile | None = None,
    required: list[str] = [],  # noqa: B006
    where: Literal["front matter", "data files"] = "front matter",
    need_front_matter: bool = False,
    exclude: list[str] = ["node_modules"],  # noqa: B006
) -> dict[str, Any]:
    """Hold the metadata of a folder's files against a JSON Schema, or against names that must be there.

    Takes the front matter of Markdown and the metadata of notebooks, or JSON and YAML files as a whole. Leaves a report, a
    table of what is wrong, and one of all metadata side by side. Without a folder it takes example notes.

    Args:
        folder: The folder to look through, with all folders in it.
        schema: A JSON Schema, as JSON or YAML; it may refer to others that lie beside it.
        required: Names that must be there; title and date where there is no schema either.
        where: What to look at: front matter of pages, or data files (JSON and YAML).
        need_front_matter: A page without any front matter is a problem.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with the number of problems.
    """
    from .metadata import validate

    return validate(
        folder, schema, required=required, where=where, need_front_matter=need_front_matter, exclude=exclude
    )


@tool(
    title="Draw timeline",
    category="Visualization",
    tags=("dates", "events", "history", "chronology", "chart", "calendar"),
    delivery="idempotent",
    icon="clock",
    preload=(*_PAGES, "altair"),
)
def draw_timeline(
    folder: FolderPath | None = None,
    table: TableFile | None = None,
    source: Literal["all", "front matter", "text"] = "all",
    date: str = "",
    label: str = "",
    group: str = "",
    end: str = "",
    begin_year: Annotated[int, Ge(1), Le(2199)] = 1000,
    end_year: Annotated[int, Ge(1), Le(2199)] = 2199,
    exclude: list[str] = ["node_modules"],  # noqa: B006
    picture: Picture = "none",
) -> dict[str, Any]:
    """Put what has a date on one line of time: the sentences and pages of a folder, or the rows of a table.

    Finds dates as people write them, in English and Russian. Leaves a chart with lanes, the events as a list and as a table.
    Without a folder or a table it takes example notes.

    Args:
        folder: The folder with Markdown, HTML, notebooks and plain text.
        table: A table, instead of a folder.
        source: For a folder: dates of the front matter, in the text, or both.
        date: For a table: the column of dates; the first one where empty.
        label: For a table: the column that says what happened; the first one of text where empty.
        group: For a table: the column that makes the lanes.
        end: For a table: the column that says when it ended.
        begin_year: Leave out what is earlier.
        end_year: Leave out what is later.
        exclude: Names of folders and files to leave out.
        picture: Leave the chart as a picture too.

    Returns:
        The files' names with the number of events.
    """
    from .timeline import timeline

    return timeline(
        folder,
        table,
        source=source,
        date=date,
        label=label,
        group=group,
        end=end,
        begin_year=begin_year,
        end_year=end_year,
        exclude=exclude,
        picture=picture,
    )


@tool(
    title="Make sitemap",
    category="Export",
    tags=("sitemap.xml", "seo", "site", "addresses", "robots"),
    delivery="idempotent",
    icon="web",
    preload=_PAGES,
)
def make_sitemap(
    folder: FolderPath | None = None,
    base_url: str = "https://example.org/",
    style: Literal["html", "folder", "as it is"] = "html",
    changed: Literal["page", "file", "none"] = "page",
    packed: bool = False,
    exclude: list[str] = ["node_modules"],  # noqa: B006
) -> dict[str, Any]:
    """Write the sitemap.xml of a folder of pages, by the protocol of sitemaps.org.

    Drafts and pages that say noindex are left out; more than 50,000 pages become several files with an index. Leaves a table
    of the addresses too. Without a folder it takes example notes.

    Args:
        folder: The folder with HTML, Markdown and notebooks.
        base_url: The address of the site, below which the folder's pages stand.
        style: How a page is addressed: page.html, page/ or by its file's name.
        changed: When a page was changed: by the date on the page, else of its file; by the file; or not told.
        packed: Pack the sitemap with gzip.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with the number of addresses.
    """
    from .sitemap import sitemap

    return sitemap(folder, base_url=base_url, style=style, changed=changed, packed=packed, exclude=exclude)


@tool(
    title="Export site",
    category="Export",
    tags=("static site", "html", "publish", "web", "markdown", "zip"),
    delivery="idempotent",
    icon="download",
    preload=(*_PAGES, "jinja2"),
)
def export_site(
    folder: FolderPath | None = None,
    title: str = "",
    theme: Literal["auto", "light", "dark"] = "auto",
    form: Literal["zip", "folder"] = "zip",
    files: Literal["linked", "all", "none"] = "linked",
    raw_html: bool = True,
    drafts: bool = False,
    exclude: list[str] = ["node_modules"],  # noqa: B006
) -> dict[str, Any]:
    """Make a site of a folder's Markdown, notebooks and texts, which needs no server and loads nothing from elsewhere.

    Links between the pages lead on, [[wiki links]] too; each page has the others beside it, and its own headings. It is
    readable in light and dark and on a phone. Leaves the site, and its first page to look at. Without a folder it takes
    example notes.

    Args:
        folder: The folder with the pages.
        title: What the site is called; as the folder where empty.
        theme: Light, dark, or as the reader's system is.
        form: Leave the site as one zip, or as a folder of files.
        files: Which other files to take along: those that pages show or link to, all, or none.
        raw_html: Keep HTML that stands in Markdown; else it is shown as text.
        drafts: Take pages along that say draft.
        exclude: Names of folders and files to leave out.

    Returns:
        The files' names with the number of pages.
    """
    from .site import export

    return export(
        folder,
        title=title,
        theme=theme,
        form=form,
        files=files,
        raw_html=raw_html,
        drafts=drafts,
        exclude=exclude,
    )


__all__ = [
    "check_links",
    "draw_timeline",
    "export_site",
    "find_duplicates",
    "make_sitemap",
    "summarize_folder",
    "validate_metadata",
]

"""The starter toolbox: tools that work on what every machine has.

The functions that are tools only say what they are and take; each does its work in a module beside it, which is imported
when it is needed, so that reading the toolbox costs next to nothing.
"""

from .folder import (
    check_links,
    draw_timeline,
    export_site,
    find_duplicates,
    make_sitemap,
    summarize_folder,
    validate_metadata,
)
from .graph import build_graph, calculate_pagerank, graph_visualizer
from .table import aggregate_table, convert_table, join_tables, plot_table, profile_table
from .text import make_glossary, search_folder, table_of_contents, tag_cloud, text_statistics

__all__ = [
    "aggregate_table",
    "build_graph",
    "calculate_pagerank",
    "check_links",
    "convert_table",
    "draw_timeline",
    "export_site",
    "find_duplicates",
    "graph_visualizer",
    "join_tables",
    "make_glossary",
    "make_sitemap",
    "plot_table",
    "profile_table",
    "search_folder",
    "summarize_folder",
    "table_of_contents",
    "tag_cloud",
    "text_statistics",
    "validate_metadata",
]

"""The starter toolbox: tools that work on what every machine has.

The functions that are tools only say what they are and take; each does its work in a module beside it, which is imported
when it is needed, so that reading the toolbox costs next to nothing.
"""

from .graph import build_graph, calculate_pagerank, graph_visualizer
from .table import aggregate_table, convert_table, join_tables, plot_table, profile_table

__all__ = [
    "aggregate_table",
    "build_graph",
    "calculate_pagerank",
    "convert_table",
    "graph_visualizer",
    "join_tables",
    "plot_table",
    "profile_table",
]

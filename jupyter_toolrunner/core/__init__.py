"""Values and rules. Imports nothing of Jupyter, RQ, SQLAlchemy, ipywidgets or papermill."""

"""Pages that are not Lab's: dashboards, made of notebooks that were published."""

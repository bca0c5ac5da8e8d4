"""SQLAlchemy tables, stores that turn rows into core values, and Alembic migrations."""

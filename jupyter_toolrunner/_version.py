"""The one place of the version; the Lab extension takes it from here at build time."""

__version__ = "0.1.0"

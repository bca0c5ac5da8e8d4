"""What the product does, on core's ports: knows no database, no queue, no web."""

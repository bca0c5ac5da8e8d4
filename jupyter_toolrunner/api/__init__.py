"""REST and WebSocket: shapes, one table of routes, thin handlers. OpenAPI is generated from them."""

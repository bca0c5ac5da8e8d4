"""REST and WebSocket: shapes, one table of routes, thin handlers. OpenAPI is generated from them."""

#: Below the server's base URL.
PREFIX = "toolrunner/api/"

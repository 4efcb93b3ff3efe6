"""The ASGI application (floor 3)."""

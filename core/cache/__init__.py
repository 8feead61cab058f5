"""The cache: what IB told once about contracts, their price steps and their past, kept on disk with its age."""

from core.cache.cache import Cache, Kept, default_path, look_into

__all__ = ["Cache", "Kept", "default_path", "look_into"]

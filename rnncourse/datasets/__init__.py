"""Data that the course works on: weather, memory tasks, a short text, and trained checkpoints. All of it offline."""

from rnncourse.datasets import checkpoints, memory, short_text, weather

__all__ = ["checkpoints", "memory", "short_text", "weather"]

"""Data that the course works on: weather, text, names, reviews, tasks, trained checkpoints. All of it offline."""

from rnncourse.datasets import checkpoints, memory, names, sentiment, short_text, text, weather

__all__ = ["checkpoints", "memory", "names", "sentiment", "short_text", "text", "weather"]

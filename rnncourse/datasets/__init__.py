"""What the course works on: weather, text, names, reviews, tasks, languages, trained checkpoints. All offline."""

from rnncourse.datasets import checkpoints, formal, memory, names, sentiment, short_text, text, weather

__all__ = ["checkpoints", "formal", "memory", "names", "sentiment", "short_text", "text", "weather"]

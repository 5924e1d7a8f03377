"""What a model is worth: baselines that it must beat, and intervals that say how far a difference can be trusted."""

"""Exercises, one module a chapter: task, check, hints, solution, known mistakes. Those of 00–05 load no torch.

In a chapter: `from rnncourse.exercises import bptt as exercises`, then `exercises.backward_step.check(backward_step)`.
"""

"""Keep the fixed points of the shipped flip-flops: `python assets/checkpoints/make_flip_flop_points.py`.

A search takes a second or two for each network, too long for an explorer that changes networks at a key press. The
points are kept in single precision; `dynamics.fixed_points(net, starts=points, rounds=0)` makes them exact again.
"""

import argparse
from pathlib import Path

import fitting
import numpy as np
from make_flip_flop import fixed_points

from rnncourse import training
from rnncourse.datasets import checkpoints


def main(arguments=None):
    """Search, and write flip_flop_points.npz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=fitting.HERE, help="where the .npz goes")
    asked = parser.parse_args(arguments)
    points = {name: fixed_points(model)[1].points for name, model in training.shipped("flip_flop").items()}
    metadata = {"task": "the fixed points of each shipped flip-flop without input", "seed": 0, "data": "flip_flop",
                "command": "python assets/checkpoints/make_flip_flop_points.py",
                "scores": {name: len(found) for name, found in points.items()}}
    path = checkpoints.save(asked.folder / "flip_flop_points.npz", metadata, curves=points)
    print({name: np.shape(found) for name, found in points.items()}, f"\n{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

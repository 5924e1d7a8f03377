"""What the scripts share that train a family of networks, several cells with several seeds each, into one file."""

import argparse
import time
from pathlib import Path

import fitting
import torch

from rnncourse import training


def options(description, arguments, epochs, cells, seeds):
    """What was asked for on the command line: .epochs, .cells, .seeds, .folder."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--cells", nargs="+", default=list(cells))
    parser.add_argument("--seeds", type=int, nargs="+", default=list(seeds))
    parser.add_argument("--folder", type=Path, default=fitting.HERE, help="where the .safetensors goes")
    return parser.parse_args(arguments)


def make(asked, one):
    """({"lstm 0": model, …}, {"lstm 0": scores, …}) by `one(cell, seed, epochs) -> (model, scores)`, on one thread."""
    torch.set_num_threads(1)
    made, told = {}, {}
    for cell in asked.cells:
        for seed in asked.seeds:
            start, name = time.process_time(), f"{cell} {seed}"
            made[name], scores = one(cell, seed, asked.epochs)
            told[name] = scores | {"seconds": round(time.process_time() - start, 1)}
            print(f"{name}: {told[name]}", flush=True)
    return made, told


def keep(asked, name, made, metadata):
    """Write the family into `name`.safetensors, with the command, the epochs and the seeds beside the metadata."""
    metadata = metadata | {"command": f"python assets/checkpoints/make_{name}.py", "epochs": asked.epochs,
                           "seeds": asked.seeds}
    path = training.save(asked.folder / f"{name}.safetensors", made, metadata)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")

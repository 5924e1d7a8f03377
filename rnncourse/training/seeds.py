"""Several seeds: a model made under a seed, and one training for each of several seeds."""

import torch

from rnncourse.training.loop import fit


def seeded(seed, make):
    """make() with torch's random numbers started at `seed`: the same seed, the same weights.

    torch's own random state is put back afterwards.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


def several(make, seeds, **fit_arguments):
    """[(model, Run), …]: for each seed a new model, made by make() under that seed and trained with it.

    fit_arguments  what `fit` takes, but model and seed. `batches` must give the same to each run: something that can
                   be run through again, or a function of rng. Each run equals a lone run with its seed.
    Ctrl-C ends the list with the run that it interrupted.
    """
    seeds = list(seeds)
    if not seeds:
        raise ValueError("seeds is empty; expected at least one, such as range(5)")
    if "seed" in fit_arguments:
        raise ValueError("seed= came beside seeds; each run has its own. Leave seed= out")
    runs = []
    for seed in seeds:
        model = seeded(seed, make)
        runs.append((model, fit(model, seed=seed, **fit_arguments)))
        if runs[-1][1].stopped == "interrupted":
            break
    return runs

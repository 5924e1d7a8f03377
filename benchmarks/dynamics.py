"""Fixed points from 512 starts, all at once and by SciPy one start after the other; the automata of seven languages.

`python -m benchmarks.dynamics` prints two tables; `run()` and `languages()` give their rows. On the shipped networks,
float64, one thread, in CPU seconds. The extraction's own time leaves training out: that is what the shipped file
recorded, on the machine that made it.
"""

import sys
import time

import numpy as np
from scipy.optimize import root
from threadpoolctl import threadpool_limits

from rnncourse import assets, training
from rnncourse.datasets import formal
from rnncourse.explain import dynamics
from rnncourse.explain.autonomous import Autonomous
from rnncourse.explain.model import Explained

STARTS, PEERS = 512, 32       # SciPy's time is that of 32 starts, times 16
NETWORKS = ("rnn 0", "lstm 0", "gru 0")


def run(rounds=3):
    """Rows {"network", "seconds", "scipy seconds", "ratio", "points", "scipy points", "index"} for the flip-flop."""
    models = training.shipped("flip_flop")
    with threadpool_limits(1):
        return [_row(name, Autonomous.of(Explained.of(models[name])), rounds) for name in NETWORKS]


def _row(name, net, rounds):
    times, peers = [], []
    for turn in range(rounds):
        seconds, found = _timed(lambda: dynamics.fixed_points(net, starts=STARTS, rng=np.random.default_rng(0)))
        times.append(seconds)
        starts = np.random.default_rng(turn).uniform(-1, 1, (PEERS, net.size))
        seconds, ends = _timed(lambda starts=starts: [_by_scipy(net, start) for start in starts])
        peers.append(seconds * STARTS / PEERS)
    good = [end.x for end in ends if end.success and np.abs(end.fun).max() < 1e-10]
    return {"network": name, "seconds": min(times), "scipy seconds": min(peers), "ratio": min(times) / min(peers),
            "points": len(found), "scipy points": len(np.unique(np.round(good, 5), axis=0)), "index": found.index}


def _by_scipy(net, start):
    """MINPACK's hybrid method from one start, with the exact Jacobian."""
    return root(lambda s: net.step(s[None])[0] - s, start,
                jac=lambda s: net.jacobian(s[None])[0] - np.eye(net.size), tol=1e-12)


def languages():
    """Rows {"language", "clusters", "states", "states by questions", "seconds", "training seconds", "right"}."""
    sys.path.insert(0, str(assets.path("checkpoints")))
    try:
        import make_tomita as script
    finally:
        sys.path.pop(0)
    models, recorded, rows = training.shipped("tomita"), training.shipped_metadata("tomita")["scores"], []
    with threadpool_limits(1):
        for number in formal.NUMBERS:
            language, network = formal.tomita(number), script.recogniser(models[str(number)])
            seconds, (told, _, _) = _timed(lambda n=network, each=language: script.extracted(n, each))
            right = script.right(network, language, list(formal.every_word(12)))
            rows.append({"language": language.name, "seconds": seconds, "right": right,
                         "training seconds": recorded[str(number)]["seconds"],
                         **{key: told[key] for key in ("clusters", "states", "states by questions")}})
    return rows


def _timed(act):
    start = time.process_time()
    found = act()
    return time.process_time() - start, found


def main():
    """Both tables."""
    head = "fixed points of the flip-flop, 512 starts"
    print(f"{head:44}{'s':>8}{'SciPy s':>9}{'ratio':>7}{'points':>8}{'index':>7}")
    for row in run():
        print(f"{row['network']:44}{row['seconds']:8.2f}{row['scipy seconds']:9.2f}{row['ratio']:7.2f}"
              f"{row['points']:8d}{row['index']!s:>7}")
    rows = languages()
    print(f"\n{'automata of trained GRUs, 12 units':44}{'s':>8}{'training':>9}{'states':>7}{'asked':>8}{'right':>8}")
    for row in rows:
        print(f"{row['language']:44}{row['seconds']:8.2f}{row['training seconds']:9.1f}{row['states']:7d}"
              f"{row['states by questions']:8d}{row['right']:8.1%}")
    extraction, trained = (sum(row[key] for row in rows) for key in ("seconds", "training seconds"))
    print(f"{'all seven: extraction both ways':44}{extraction:8.2f}   and training as recorded {trained:.0f}: "
          f"{extraction + trained:.0f} s (goal: under 90)")


if __name__ == "__main__":
    main()

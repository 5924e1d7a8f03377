"""Ranking units, probing states, and holding units of the text model beside torch with its weights edited.

`python -m benchmarks.probes` prints two tables; `run()` and `holding()` give their rows. The shipped 2×128 text model
on modules that it never saw, one thread, in CPU seconds.
"""

import copy
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch.nn.functional import cross_entropy

from rnncourse import training
from rnncourse.datasets import modules, properties, text
from rnncourse.explain import ablation, probes, spans, tracking
from rnncourse.explain.model import Explained

STEPS, COLUMNS, SHORT = 2000, 10, 200


def read(steps=STEPS, columns=COLUMNS):
    """Numbers (steps + 1, columns) and the texts they are: the openings of as many modules."""
    texts = [one.text[:steps + 1] for one in modules.held_out() if len(one.text) > steps][:columns]
    return np.stack([text.encode(each) for each in texts], 1), texts


def run(rounds=3):
    """Rows {"what", "size", "seconds"}: ranking, a span searched, a probe, a probe with its control."""
    numbers, texts = read()
    net = Explained.of(training.shipped("text_lstm2"))
    with threadpool_limits(1):
        states = tracking.states_of_text(net.trace(numbers[:-1]))
        inside = np.concatenate([properties.PROPERTIES["inside brackets"].of(each)[:-1] for each in texts])
        tokens, groups = numbers[:-1].T.ravel(), np.repeat(np.arange(len(texts)), len(numbers) - 1)
        both = np.concatenate([states["h", 0], states["h", 1]], 1)
        train, threshold = groups < 7, float(np.quantile(states["h", 0], 0.9))
        given = both, inside, groups
        acts = {
            "which_unit, h and c of both layers": (4 * 128, lambda: tracking.which_unit(states, inside, train, ~train)),
            "where_else, 5 steps, one layer": (128, lambda: spans.where_else(states["h", 0], (20, 25), threshold)),
            "linear_probe, h of both layers": (256, lambda: probes.linear_probe(*given, rng=np.random.default_rng(0))),
            "probe_with_control": (256, lambda: probes.probe_with_control(
                both, inside, tokens, groups, rng=np.random.default_rng(0))),
        }
        return [{"what": what, "size": f"{len(inside)} × {width}", "seconds": _best(act, rounds)[0]}
                for what, (width, act) in acts.items()]


def holding(rounds=2, others=20):
    """Rows {"layer", "seconds", "torch seconds", "ratio", "gap"}: one unit and 20 controls, each held at 0."""
    numbers, _ = read(SHORT)
    model = training.shipped("text_lstm2").double()
    net, rows = Explained.of(model), []
    with threadpool_limits(1):
        for layer in (0, 1):
            seconds, found = _best(lambda at=layer: ablation.cost(net, numbers[:-1], numbers[1:], [39], at,
                                                                  controls=others), rounds)
            units = [39, *found.others[:, 0]]
            peer, theirs = _best(lambda at=layer, units=units: [_edited(model, numbers, at, unit) for unit in units], 1)
            ours = np.concatenate([[found.after.mean()], found.others_after.mean(1)])
            rows.append({"layer": layer, "seconds": seconds, "torch seconds": peer, "ratio": seconds / peer,
                         "gap": np.abs(ours - theirs).max()})
    return rows


def _edited(model, numbers, layer, unit):
    """Bits a character of a copy of the model in which nothing reads this unit's h."""
    model = copy.deepcopy(model)
    above = getattr(model.recurrent, f"weight_ih_l{layer + 1}", model.readout.weight)
    with torch.no_grad():
        getattr(model.recurrent, f"weight_hh_l{layer}")[:, unit] = 0
        above[:, unit] = 0
        scores = model(torch.from_numpy(numbers[:-1]))[0]
        return float(cross_entropy(scores.flatten(0, 1), torch.from_numpy(numbers[1:]).flatten())) / np.log(2)


def _best(act, rounds):
    found, seconds = None, []
    for _ in range(rounds):
        start = time.process_time()
        found = act()
        seconds.append(time.process_time() - start)
    return min(seconds), found


def main():
    """Both tables."""
    print(f"{'on states of the text model':40}{'steps × units':>16}{'s':>8}")
    for row in run():
        print(f"{row['what']:40}{row['size']:>16}{row['seconds']:8.2f}")
    head = f"a unit and 20 controls held, {COLUMNS} × {SHORT} steps"
    print(f"\n{head:44}{'s':>8}{'torch s':>9}{'ratio':>7}{'gap':>9}")
    for row in holding():
        print(f"layer {row['layer']:<38}{row['seconds']:8.2f}{row['torch seconds']:9.2f}{row['ratio']:7.2f}"
              f"{row['gap']:9.0e}")


if __name__ == "__main__":
    main()

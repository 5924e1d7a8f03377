"""Train an LSTM or a GRU to say how warm tomorrow will be: `python assets/checkpoints/make_weather.py lstm`.

Learns from the stretches of the training years, keeps the parameters with the smallest error in the validation
year, and scores the test year once, at the end. Each year is scored in one run from its first day.
"""

import fitting
import numpy as np

from rnncourse import losses
from rnncourse.datasets import weather

DAYS, BATCH, YEAR = 28, 32, 364


def year_error(model, cell, data, part):
    """Mean absolute error in °C over the year `part`, run as one sequence from a zero state."""
    year = data.next_day(part, days=YEAR)
    return year.error(fitting.run(model, cell, year.x)[1])


def train(cell, data, hidden_size, iterations, rng, learning_rate=0.003):
    """(model, curves) after so many batches of stretches."""
    stretches = data.next_day("train", days=DAYS, every=3)
    model = fitting.new_model(rng, cell, stretches.x.shape[2], hidden_size, 1)

    def step(model, k):
        rows = rng.choice(stretches.x.shape[1], BATCH, replace=False)
        return fitting.gradients(model, cell, stretches.x[:, rows],
                                 lambda y: losses.squared_error(y, stretches.y[:, rows]))[:2]

    return fitting.fit(model, step, iterations, learning_rate, watch=lambda m: year_error(m, cell, data, "validation"))


def main(arguments=None):
    """Train, score and write <cell>_weather.npz."""
    parser = fitting.options(__doc__, iterations=400)
    parser.add_argument("cell", choices=["lstm", "gru"])
    parser.add_argument("--hidden-size", type=int, default=20)
    asked, data, clock = parser.parse_args(arguments), weather.load(), fitting.Clock()
    model, curves = train(asked.cell, data, asked.hidden_size, asked.iterations, np.random.default_rng(asked.seed))
    model, scores = fitting.as_kept(model), {}
    for part in ("validation", "test"):
        year = data.next_day(part, days=YEAR)
        scores[f"{part} error, °C"] = year_error(model, asked.cell, data, part)
        scores[f"{part} error of persistence, °C"] = year.error(year.x[..., :1])
    metadata = {"cell": asked.cell, "scores": scores, "data": data.fingerprint, "seed": asked.seed,
                "iterations": asked.iterations, "seconds": clock.seconds(), "inputs": list(data.names),
                "task": "tomorrow's maximum temperature in Seattle from the days so far; mean absolute error of a year",
                "command": f"python assets/checkpoints/make_weather.py {asked.cell}"}
    fitting.keep(asked.folder, f"{asked.cell}_weather", metadata, model, curves)


if __name__ == "__main__":
    main()

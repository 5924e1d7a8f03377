"""Train the forecasters of chapter 07: `python assets/checkpoints/make_forecasts.py forecast` (or `again`, `ahead`).

forecast  RNN, LSTM, GRU × the maximum temperature 1 day and 7 days ahead × seeds 0 to 4, from 28 days
again     the same with seeds 5 to 9: does the verdict hold with other seeds?
ahead     one LSTM that gives the days 1 to 14 ahead from a history of any length up to 60 days, for the explorer

All see the five measured columns and the season. They learn from 2012 and 2013, stop early by the error of 2014, and
are scored on 2015 once, at the end. Hidden size, loss and learning rate were chosen by 2014, with seeds 10 to 12.
The baselines beside them get the same columns and days; what they have to choose, they choose by 2014 too.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")     # read when torch loads: these matrices are too small to share out

import numpy as np  # noqa: E402
import torch  # noqa: E402

from rnncourse import training  # noqa: E402
from rnncourse.datasets import weather  # noqa: E402
from rnncourse.training import models  # noqa: E402
from rnncourse.validate import forecasts  # noqa: E402

HERE = Path(__file__).resolve().parent
CELLS, LEADS, HISTORY = ("rnn", "lstm", "gru"), (1, 7), 28
SEEDS = {"forecast": range(5), "again": range(5, 10), "ahead": range(1)}
HIDDEN_SIZE, BATCH, LEARNING_RATE, EPOCHS, PATIENCE = 16, 32, 3e-3, 60, 8
AHEAD, LONGEST, WATCHED = tuple(range(1, 15)), 60, (1, 3, 7, 14, 28, 60)
AHEAD_HIDDEN_SIZE, AHEAD_LEARNING_RATE, AHEAD_DECAY, AHEAD_PATIENCE = 24, 1e-2, 0.3, 12
ALPHAS, LEAVES, HISTORIES = (1, 3, 10, 30, 100, 300, 1000), (5, 10, 20), (1, 3, 7, 14, 28)


def features(data):
    """What every model sees of a day."""
    return [*data.names, weather.SEASON]


def parts(data, history, horizon):
    """Train, validation and test windows."""
    return [data.windows(part, history, horizon, features(data)) for part in data.split]


def forecast(model, windows, history=None):
    """(N, K) °C, by a torch model in its own dtype; `history`: from the last so many days alone."""
    x = torch.tensor(windows.x[-(history or windows.history):], dtype=next(model.parameters()).dtype)
    with torch.no_grad():
        return windows.weather.unscale(model(x).numpy())


def shuffled(x, y):
    """Batches for `training.fit`: the rows of x (T, N, D) and y (N, K) or (T, N, K) in a random order each epoch."""
    x, y = x.astype(np.float32), y.astype(np.float32)

    def batches(rng):
        order = rng.permutation(x.shape[1])
        for rows in np.array_split(order, max(1, len(order) // BATCH)):
            yield x[:, rows], y[..., rows, :]

    return batches


def train(cell, windows, seeds, epochs=EPOCHS):
    """[(model, Run)]: for each seed a model of one cell, trained on the last day of each history."""
    learn, watch, _ = windows
    return training.several(
        lambda: models.ForecastModel(len(learn.channels), HIDDEN_SIZE, len(learn.horizons), cell), seeds,
        batches=shuffled(learn.x, learn.scaled_y), loss=torch.nn.functional.mse_loss,
        validate=lambda model: {"error, °C": float(watch.errors(forecast(model, watch)).mean())},
        epochs=epochs, learning_rate=LEARNING_RATE, patience=PATIENCE, progress=False)


class EveryDay(torch.nn.Module):
    """A forecast on each day of a history, and not only on the last: x (T, B, D) -> (T, B, horizons).

    So each day is the end of a shorter history, and the model learns all lengths from 1 to T at once.
    """

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model.readout(self.model.recurrent(x)[0])


def every_day(data, learn):
    """(T, N, K): what came 1 … K days after each day of each history of `learn`, scaled."""
    single = data.windows(learn.part, 1, learn.horizons, ["season"])
    last = np.searchsorted(single.dates, learn.dates)
    return single.scaled_y[last + np.arange(1 - learn.history, 1)[:, None]]


def weighted(output, target):
    """Squared error (T, B, K) with weights 1/t for day t of a history and 1/√k for lead k: short ones count more."""
    day, lead = (torch.arange(1.0, size + 1) for size in (len(output), output.shape[-1]))
    weight = (1 / day)[:, None, None] / lead.sqrt()
    return (weight / weight.mean() * (output - target) ** 2).mean()


def train_ahead(data, windows, seed, epochs=EPOCHS):
    """(model, Run) of one LSTM for histories of any length and the leads of `AHEAD`."""
    learn, watch, _ = windows

    def make():
        return EveryDay(models.ForecastModel(len(learn.channels), AHEAD_HIDDEN_SIZE, len(AHEAD), "lstm"))

    every, run = training.several(
        make, [seed], batches=shuffled(learn.x, every_day(data, learn)), loss=weighted,
        validate=lambda every: {"error, °C": float(np.mean([watch.errors(forecast(every.model, watch, history)).mean()
                                                            for history in WATCHED]))},
        epochs=epochs, learning_rate=AHEAD_LEARNING_RATE, patience=AHEAD_PATIENCE, progress=False,
        optimizer=lambda weights, lr: torch.optim.AdamW(weights, lr=lr, weight_decay=AHEAD_DECAY))[0]
    return every.model, run


def scores(model, windows, histories=(None,)):
    """Mean absolute errors in °C of 2014 and 2015, computed in float64 from the kept float32 weights."""
    exact = training.models.build(model.metadata()).double()
    exact.load_state_dict(model.state_dict())
    found = {}
    for part in windows[1:]:
        errors = [part.errors(forecast(exact, part, history)).mean(0) for history in histories]
        found[f"{part.part} error, °C"] = float(np.mean(errors))
    return found


# -- what they have to beat ------------------------------------------------------------------------------------------
def baselines(data, lead):
    """name -> {"validation error, °C": …, "test error, °C": …}, all on the days of the networks."""
    windows = parts(data, HISTORY, lead)
    free = {"persistence": forecasts.persistence, "climatology": forecasts.climatology,
            "same day last year": forecasts.same_day_last_year}
    found = {name: {f"{part.part} error, °C": float(part.errors(method(part)).mean()) for part in windows[1:]}
             for name, method in free.items()}
    for name, fit, settings in (("ridge", ridge, ALPHAS), ("random forest", forest, LEAVES)):
        found[f"{name}, 28 days"] = best(windows, [(HISTORY, setting) for setting in settings], fit)
        found[f"{name}, history chosen"] = best(windows, [(h, setting) for h in HISTORIES for setting in settings], fit)
    return found


def best(windows, choices, fit):
    """The scores of the choice (history, setting) with the smallest error in 2014."""
    learn = windows[0]
    tried = []
    for history, setting in choices:
        model = fit(setting).fit(flat(learn, history), learn.y[:, 0])
        errors = {f"{part.part} error, °C": float(part.errors(model.predict(flat(part, history))[:, None]).mean())
                  for part in windows[1:]}
        tried.append({**errors, "history": history, "setting": setting})
    return min(tried, key=lambda found: found["validation error, °C"])


def flat(windows, history):
    """(N, history · D): the last days of each history as one row."""
    return windows.x[-history:].transpose(1, 0, 2).reshape(len(windows), -1)


def ridge(alpha):
    """scikit-learn's ridge regression of that strength."""
    from sklearn.linear_model import Ridge

    return Ridge(alpha=alpha)


def forest(leaf):
    """scikit-learn's random forest of 200 trees with at least so many days in a leaf."""
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(200, min_samples_leaf=leaf, random_state=0, n_jobs=1)


# -- files ----------------------------------------------------------------------------------------------------------
def make_set(data, seeds, epochs=EPOCHS):
    """({name: model}, {name: scores}); a name is cell-lead-seed, as "lstm-7-0"."""
    kept, scored = {}, {}
    for lead in LEADS:
        windows = parts(data, HISTORY, lead)
        for cell in CELLS:
            for seed, (model, run) in zip(seeds, train(cell, windows, seeds, epochs), strict=True):
                name = f"{cell}-{lead}-{seed}"
                kept[name], scored[name] = model, {**scores(model, windows), "epochs": run.best + 1}
                print(name, scored[name], flush=True)
    return kept, scored


def make_ahead(data, seeds, epochs=EPOCHS):
    """(model, scores): the mean over 14 leads and the histories of `WATCHED`, all on the same days."""
    windows = parts(data, LONGEST, AHEAD)
    model, run = train_ahead(data, windows, seeds[0], epochs)
    return model, {**scores(model, windows, WATCHED), "epochs": run.best + 1}


def main(arguments=None):
    """Train, score and write weather_<what>.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=SEEDS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--folder", type=Path, default=HERE, help="where the file goes")
    asked, data, start = parser.parse_args(arguments), weather.load(), time.perf_counter()
    torch.set_num_threads(1)
    seeds = list(SEEDS[asked.what])
    metadata = {"data": data.fingerprint, "inputs": features(data), "seeds": seeds, "target": data.target,
                "command": f"python assets/checkpoints/make_forecasts.py {asked.what}"}
    if asked.what == "ahead":
        model, metadata["scores"] = make_ahead(data, seeds, asked.epochs)
        metadata |= {"task": "Seattle's maximum temperature 1 to 14 days ahead, from 1 to 60 days; mean absolute error "
                             f"over the 14 leads and histories of {', '.join(map(str, WATCHED))} days",
                     "history": LONGEST, "leads": list(AHEAD)}
    else:
        model, metadata["scores"] = make_set(data, seeds, asked.epochs)
        metadata["baselines"] = {str(lead): baselines(data, lead) for lead in LEADS if asked.what == "forecast"}
        metadata |= {"task": "Seattle's maximum temperature 1 day or 7 days ahead, from 28 days; mean absolute error",
                     "history": HISTORY, "leads": list(LEADS)}
    metadata["seconds"] = round(time.perf_counter() - start)
    path = training.save(asked.folder / f"weather_{asked.what}.safetensors", model, metadata)
    print(training.read(path), f"\n  {path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

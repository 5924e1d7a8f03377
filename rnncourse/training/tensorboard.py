"""A training as TensorBoard shows it: scalars, histograms, the graph and figures, through torch's own SummaryWriter.

    tensorboard.log("runs/first", run, snapshots=watch.snapshots, model=model, example=numbers)
    tensorboard.contents("runs/first")      # the same as plain numbers; .command is what opens it in a browser

Nothing is loaded before one of these functions is called, nothing is downloaded, and no server is started.
"""

import logging
import os
import re
import shlex
import tempfile
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch

from rnncourse.recording import modules
from rnncourse.trace import SIGNALS
from rnncourse.training import given

EVENTS = "events.out.tfevents.*"


def log(folder, run=None, *, snapshots=(), model=None, example=None, figures=None):
    """Write one training into `folder`, for `tensorboard --logdir` of it or of the folder around it. Returns its Path.

    run        a `Run`: scalars epoch/… for each epoch, and update/loss, update/gradient_norm for each batch
    snapshots  of a `watching.Watch`: histograms layer_0/f … of each signal (without padding) and gradient/… of each
               parameter; scalars gradient_norm/…
    model      a torch model, with `example`, what it is called with (a tuple for several): the graph of its operations
    figures    {name: matplotlib figure}: pictures

    The log appears whole or not at all. FileExistsError where the folder holds one: TensorBoard would draw both as one.
    """
    folder = Path(folder)
    if list(folder.glob(EVENTS)):
        raise FileExistsError(f"{folder} holds a log already, and TensorBoard would draw both as one training; "
                              "expected a new folder, such as one for each run")
    if run is None and not len(snapshots) and model is None and not figures:
        raise ValueError("there is nothing to log; expected a run, snapshots, a model with an example, or figures")
    if (model is None) != (example is None):
        raise ValueError("model and example come together: what the model is called with shows which operations it has")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        with _writer(unfinished) as writer:
            _write(writer, run, snapshots, model, example, figures or {})
        for path in Path(unfinished).glob(EVENTS):
            os.replace(path, folder / path.name)
    return folder


def _write(writer, run, snapshots, model, example, figures):
    if run is not None:
        _scalars(writer, "epoch", run.history, 1)
        _scalars(writer, "update", run.iterations, 0)
    for snapshot in snapshots:
        _snapshot(writer, snapshot)
    if model is not None:
        _graph(writer, model, example)
    for name, figure in figures.items():
        canvas = figure.canvas
        writer.add_figure(_tag(name), figure, close=False)
        figure.set_canvas(canvas)    # torch gives the figure one of its own


@contextmanager
def _writer(folder):
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder))
    try:
        yield writer
    finally:
        writer.close()


def _scalars(writer, group, columns, first):
    for name, values in columns.items():
        for k, value in enumerate(values):
            writer.add_scalar(_tag(f"{group}/{name}"), value, first + k)


def _snapshot(writer, snapshot):
    trace = snapshot.trace
    for part in trace.parts or (trace,):
        place = f"layer {part.layer}" + " backward" * (part.direction == "backward")
        for name in SIGNALS[trace.cell]:
            writer.add_histogram(_tag(f"{place}/{name}"), part[name][part.mask], snapshot.update)
    for name, value in snapshot.gradients.items():
        writer.add_histogram(_tag(f"gradient/{name}"), value, snapshot.update)
        writer.add_scalar(_tag(f"gradient norm/{name}"), snapshot.norms[name], snapshot.update)


def _graph(writer, model, example):
    """The graph, by torch's tracer. It warns that a trace may fail for inputs of other shapes; here it only draws."""
    parts = example if isinstance(example, (tuple, list)) else (example,)
    weights, said = next(model.parameters()), StringIO()
    parts = tuple(given.tensor(part, weights) for part in parts)
    with modules.at_rest(model), torch.random.fork_rng(), warnings.catch_warnings(), redirect_stdout(said):
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        warnings.filterwarnings("ignore", r"`torch.jit.trace", DeprecationWarning)
        try:
            writer.add_graph(model, parts, use_strict_trace=False)
        except Exception as error:
            error.add_note(f"the graph is drawn from a call of the model with {given.describe(parts)}")
            raise


def _tag(name):
    """The name as TensorBoard takes it: letters, digits, and - _ . / alone."""
    return re.sub(r"[^-/\w.]", "_", name)


@dataclass(frozen=True, eq=False, repr=False)
class Logged:
    """What a log holds, as plain numbers.

    scalars     {tag: (steps (N,), values (N,))}
    histograms  {tag: (steps (N,), [(edges (E + 1,), counts (E,)), …])}, with bins as TensorBoard makes them
    images      {tag: steps (N,)}
    graph       the names of the graph's nodes; () without a graph
    command     what opens it in a browser, on this machine alone
    """

    folder: Path
    scalars: MappingProxyType
    histograms: MappingProxyType
    images: MappingProxyType
    graph: tuple
    command: str

    def __repr__(self):
        lines = [f"Logged in {self.folder.name}: {len(self.scalars)} scalars, {len(self.histograms)} histograms, "
                 f"{len(self.images)} images, {len(self.graph) or 'no'} nodes of a graph"]
        for tag, (steps, values) in self.scalars.items():
            lines.append(f"  {tag}: {len(steps)} values, {values[0]:.4g} at {steps[0]}, {values[-1]:.4g} at "
                         f"{steps[-1]}")
        lines += [f"  {tag}: histograms at {', '.join(map(str, steps))}" for tag, (steps, _) in self.histograms.items()]
        return "\n".join([*lines, f"  {self.command}"])


def contents(folder):
    """The `Logged` of a folder that holds the log of one training: all of it, as TensorBoard's own reader gives it."""
    folder = Path(folder)
    if not list(folder.glob(EVENTS)):
        raise FileNotFoundError(f"{folder} holds no log; expected a folder that tensorboard.log has written")
    events = _read(folder)
    tags = events.Tags()
    scalars = {tag: _columns(events.Scalars(tag)) for tag in tags["scalars"]}
    histograms = {tag: _histograms(events.Histograms(tag)) for tag in tags["histograms"]}
    images = {tag: np.array([event.step for event in events.Images(tag)]) for tag in tags["images"]}
    graph = tuple(node.name for node in events.Graph().node) if tags["graph"] else ()
    return Logged(folder, *map(MappingProxyType, (scalars, histograms, images)), graph,
                  f"tensorboard --logdir {shlex.quote(str(folder))}")


def _read(folder):
    from tensorboard.backend.event_processing import event_accumulator

    everything = dict.fromkeys(event_accumulator.DEFAULT_SIZE_GUIDANCE, 0)    # 0: keep all
    events = event_accumulator.EventAccumulator(str(folder), everything)
    logger = logging.getLogger("tensorboard")    # it mentions what it overwrites: two graphs in one file
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        return events.Reload()
    finally:
        logger.setLevel(level)


def _columns(events):
    return np.array([event.step for event in events]), np.array([event.value for event in events])


def _histograms(events):
    values = [event.histogram_value for event in events]    # the first bucket ends where the values begin: it is empty
    found = [(np.array(value.bucket_limit), np.array(value.bucket[1:], int)) for value in values]
    return np.array([event.step for event in events]), found

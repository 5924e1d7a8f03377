"""record() beside the module's own forward, and beside the loop over torch's cells that it replaces.

`python -m benchmarks.recording` prints a table; `run()` gives its rows. Everything runs on one thread, float32, the
three in turn within each round; a ratio is that of the best times, since a busy machine only adds. The loop keeps h
and c alone, no gates.
"""

import json
import subprocess
import sys
import time

import torch
from threadpoolctl import threadpool_limits
from torch import nn

from rnncourse.recording import record

CASES = [    # module, T, B, D, H, layers
    (nn.RNN, 100, 32, 64, 128, 1), (nn.LSTM, 100, 32, 64, 128, 1), (nn.GRU, 100, 32, 64, 128, 1),
    (nn.LSTM, 100, 1, 64, 128, 1), (nn.GRU, 200, 16, 8, 32, 1), (nn.LSTM, 50, 64, 128, 256, 2),
    (nn.LSTM, 10_000, 1, 65, 128, 2)]
LONG = (nn.LSTM, 100_000, 1, 65, 128, 2)
CELLS = {nn.RNN: nn.RNNCell, nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell}


def run(rounds=5):
    """Rows {"case", "forward_ms", "record / forward", "loop / forward"}, then the long run's, with its peak memory."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return [_row(case, rounds) for case in CASES] + [_long_row()]
    finally:
        torch.set_num_threads(threads)


def cell_loop(module):
    """A function of x that walks torch's cells with the module's weights and keeps h (and c) of every layer."""
    layers = []
    for layer in range(module.num_layers):
        cell = CELLS[type(module)](module.hidden_size if layer else module.input_size, module.hidden_size)
        for name, _ in list(cell.named_parameters()):
            setattr(cell, name, getattr(module, f"{name}_l{layer}"))
        layers.append(cell)

    def loop(x):
        kept = []
        for cell in layers:
            state, states = None, []
            for x_t in x:
                state = cell(x_t, state)
                states.append(state)
            kept.append(states)
            x = [s[0] if isinstance(s, tuple) else s for s in states]
        return kept

    return loop


def _row(case, rounds):
    kind, T, B, D, H, layers = case
    module, x = kind(D, H, layers), torch.randn(T, B, D)
    ways = {"forward": module, "record": lambda x: record(module, x), "loop": cell_loop(module)}
    times = {way: [] for way in ways}
    with torch.no_grad():
        for turn in range(rounds + 1):
            for way, act in ways.items():
                seconds = _seconds(act, x)
                if turn:    # the first turn warms up
                    times[way].append(seconds)
    row = {"case": _name(case), "forward_ms": 1e3 * min(times["forward"])}
    return row | {f"{way} / forward": min(times[way]) / min(times["forward"]) for way in ("record", "loop")}


def _name(case):
    kind, T, B, D, H, layers = case
    return f"{kind.__name__} {layers}x{H}, T={T} B={B} D={D}"


def _seconds(act, x):
    start = time.process_time()    # on one thread: what the clock would show if nothing else ran
    act(x)
    return time.process_time() - start


def _long_row():
    """100,000 characters, in a process of its own so that the peak memory is that of one recording."""
    code = "from benchmarks import recording; recording.long_run()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def long_run(rounds=3):
    """Print the row of the long case: ratios, and the peak memory of this process in MB after one recording."""
    import resource
    torch.set_num_threads(1)
    kind, T, B, D, H, layers = LONG
    module, x = kind(D, H, layers), torch.nn.functional.one_hot(torch.randint(D, (T, B)), D).float()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    record(module, x)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with torch.no_grad(), threadpool_limits(1):
        pairs = [(_seconds(module, x), _seconds(lambda x: record(module, x), x)) for _ in range(rounds)]
    forward, recorded = (min(times) for times in zip(*pairs, strict=True))
    print(json.dumps({"case": _name(LONG), "forward_ms": 1e3 * forward, "record / forward": recorded / forward,
                      "MB before": before, "peak MB": peak}))


def main():
    """The table: ratios to the module's own forward, one thread."""
    print(f"{'record() beside torch, float32, one thread':44}{'forward ms':>11}{'record':>9}{'cell loop':>11}")
    for row in run():
        loop = f"{row['loop / forward']:10.1f}x" if "loop / forward" in row else f"{'–':>11}"
        memory = f"   peak {row['peak MB']:.0f} MB, {row['MB before']:.0f} before" if "peak MB" in row else ""
        print(f"{row['case']:44}{row['forward_ms']:11.1f}{row['record / forward']:8.2f}x{loop}{memory}")


if __name__ == "__main__":
    main()

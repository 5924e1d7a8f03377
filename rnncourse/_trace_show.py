"""How a Trace shows itself: one line of text, and a table in a notebook. No numbers of a run, so both are stable."""

from html import escape

MEANINGS = {"h": "hidden state", "c": "cell state", "i": "input gate", "f": "forget gate", "o": "output gate",
            "g": "candidate", "r": "reset gate", "z": "update gate, 1 keeps the old state", "n": "candidate"}


def extent(trace):
    """ "2 layers, forward and backward", or "layer 1, backward" for one part of these."""
    size = f"{trace.layers} layer{'s' * (trace.layers > 1)}" if trace.parts else f"layer {trace.layer}"
    return f"{size}, {' and '.join(trace.directions)}"


def line(trace, signals):
    """What `repr` gives."""
    size = f"T={trace.steps}, B={trace.batch}, D={trace.x.shape[2]}, H={trace.hidden_size}, {trace.x.dtype}"
    kind = f", {trace.activation}" if trace.activation else ""
    where = f"; {extent(trace)}" if trace.parts or trace.layer or trace.direction == "backward" else ""
    padded = "" if trace.lengths is None else f"; lengths {trace.lengths.min()} to {trace.lengths.max()}"
    return f"Trace of {trace.cell}{kind}: {size}{where}{padded}; signals {' '.join(signals)}"


def table(trace, signals):
    """What a notebook shows: each signal, what it is, its shape, and how to get at it."""
    shape = f"({trace.steps}, {trace.batch}, {trace.hidden_size})"
    owner = f"trace.at({trace.layers - 1}, '{trace.directions[-1]}')" if trace.parts else "trace"
    rows = [("x", "input", trace.x.shape, "trace.x"),
            *((name, MEANINGS[name], shape, f"{owner}.{name}") for name in signals)]
    head = "".join(f'<th scope="col">{title}</th>' for title in ("signal", "what", "shape", "for example"))
    body = "".join(f'<tr><th scope="row">{name}</th><td>{what}</td><td>{size}</td><td><code>{how}</code></td></tr>'
                   for name, what, size, how in rows)
    caption = escape(line(trace, signals).partition("; signals")[0])
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

"""Exercises of chapter 04: who wrote the cell, the way back through it, a gate held, peepholes, the forget bias."""

import numpy as np

from rnncourse.activations import sigmoid
from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((3, 1, 1, 2), (1, 2, 3, 2), (2, 1, 2, 3), (5, 3, 2, 4), (4, 2, 3, 3))    # T, B, D, H


def _weights(rng, D, H):
    return {"W_x": rng.normal(size=(D, 4 * H)), "W_h": rng.normal(size=(H, 4 * H)) / np.sqrt(H),
            "b": rng.normal(size=4 * H)}


def _one_step(rng, B, D, H):
    return {"params": _weights(rng, D, H), "x_t": rng.normal(size=(B, D)), "h_prev": rng.uniform(-1, 1, (B, H)),
            "c_prev": rng.normal(size=(B, H))}


def _preactivations(params, x_t, h_prev):
    return np.split(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"], 4, axis=-1)


# -- who wrote this cell -------------------------------------------------------------------------------
def _gates(rng, sizes=SIZES):
    for T, B, _, H in sizes:
        yield {"i": rng.uniform(0, 1, (T, B, H)), "f": rng.uniform(0, 1, (T, B, H)), "g": rng.uniform(-1, 1, (T, B, H))}


@exercise(cases=_gates, size=5,
          rebuilds=("rnncourse.cells.unrolling.contributions", "rnncourse.cells.unrolling.weights"), hints=(
    "What step j wrote at first is i_j g_j. What happens to it at step j + 1? And at each step after that?",
    "Only the forget gates *after* j touch it: k = j + 1, …, T − 1. For the last step there are none.",
    "Almost the solution: start from `written = i * g` and let two loops, over j and over k > j, multiply "
    "`written[j]` by `f[k]`."),
    after="Together with what is left of c_0 these add up to c_T exactly: nothing else ever wrote into the cell.")
def who_wrote(i, f, g):
    """How much of the last cell state c_T did each step write? (Π_{k>j} f_k) i_j g_j for each step j.

    i, f, g  (T, B, H)  input gate, forget gate and candidate of each step
    returns  (T, B, H)  entry j: what is left at the end of that which step j wrote
    """
    written = i * g
    for j in range(len(f)):
        for k in range(j + 1, len(f)):
            written[j] *= f[k]
    return written


def _written(i, f, g, gates):
    """What each step wrote, times the forget gates whose indices `gates(j)` gives."""
    return np.stack([i[j] * g[j] * np.prod(f[gates(j)], axis=0) for j in range(len(f))])


@who_wrote.wrong(
    "The step's own forget gate f_j is in the product; it acts on what was there before, so take k > j only.")
def _own_gate_too(i, f, g):
    return _written(i, f, g, lambda j: slice(j, None))


@who_wrote.wrong("The product runs over the steps before j; what a step wrote is forgotten by the gates after it.")
def _gates_before(i, f, g):
    return _written(i, f, g, lambda j: slice(0, j))


@who_wrote.wrong("Correct but for the input gate: step j writes i_j g_j, not all of g_j.")
def _input_gate_missing(i, f, g):
    return who_wrote.reference(np.ones_like(i), f, g)


@who_wrote.wrong("Correct for the last step only: what the others wrote has been through every later forget gate.")
def _nothing_forgotten(i, f, g):
    return i * g


@who_wrote.wrong(
    "Only the next forget gate is applied; every later one acts as well, so take the product of all k > j.")
def _only_the_next(i, f, g):
    return _written(i, f, g, lambda j: slice(j + 1, j + 2))


@who_wrote.wrong("These are the weights alone; what a step wrote is its weight times the candidate g_j.")
def _candidate_missing(i, f, g):
    return who_wrote.reference(i, f, np.ones_like(g))


@who_wrote.wrong(
    "One gate is left out: for the last step the product is empty, for the one before it is f of the last step.")
def _last_gate_left_out(i, f, g):
    return _written(i, f, g, lambda j: slice(j + 1, -1))


@who_wrote.wrong(
    "The product runs over the steps up to j; what a step wrote is forgotten by the gates after it, k > j.")
def _gates_up_to(i, f, g):
    return _written(i, f, g, lambda j: slice(0, j + 1))


@who_wrote.wrong(
    "`np.cumprod` of the reversed gates is reversed itself: turn it round, and leave the step's own f_j out.")
def _not_turned_round(i, f, g):
    return i * g * np.cumprod(f[::-1], axis=0)


@who_wrote.wrong("Each step gets the product of all the gates; gate k touches only what was written before it, j < k.")
def _all_gates(i, f, g):
    return i * g * np.prod(f, axis=0)


@who_wrote.wrong(
    "Only the step's own forget gate is here. It acts on what was there before; the ones that count are those after j.")
def _own_gate_only(i, f, g):
    return i * g * f


@who_wrote.wrong("Correct but for the sign: a step with a negative candidate writes a negative number; no `abs` here.")
def _sizes_only(i, f, g):
    return np.abs(who_wrote.reference(i, f, g))


@who_wrote.wrong("These are the cell states c_t; asked for is how much of the last one each step wrote.")
def _cell_states(i, f, g):
    return np.stack([who_wrote.reference(i[:t], f[:t], g[:t]).sum(0) for t in range(1, len(f) + 1)])


@who_wrote.wrong("`np.prod` without `axis=0` multiplies over rows and units too; only the steps belong together.")
def _product_of_all(i, f, g):
    return np.stack([i[j] * g[j] * np.prod(f[j + 1:]) for j in range(len(f))])


@who_wrote.wrong("i, f and g are gates already: they have been through σ and tanh.")
def _squashed_again(i, f, g):
    return who_wrote.reference(sigmoid.value(i), sigmoid.value(f), np.tanh(g))


@who_wrote.note(
    "After the last step comes no gate: there `f[j + 1]` does not exist, and the product is empty, which is 1.")
def _beyond_the_last(outcome, expected):
    return isinstance(outcome.error, IndexError)


# -- back through the cell -----------------------------------------------------------------------------
def _cells(rng, sizes=SIZES):
    for _, B, _, H in sizes:
        yield {"f": rng.uniform(0, 1, (B, H)), "o": rng.uniform(0, 1, (B, H)), "c": rng.normal(size=(B, H)),
               "dh_t": rng.normal(size=(B, H)), "dc_next": rng.normal(size=(B, H))}


@exercise(cases=_cells, size=2, returns=("dc_t", "dc_prev"), rebuilds=("rnncourse.cells.lstm.backward",), hints=(
    "Two ways lead out of c_t: up into h_t = o tanh(c_t), and on into c_{t+1}. Blame along two ways adds up.",
    "The way up has two factors: the gate o, and the slope of tanh at c_t, which is 1 − tanh(c_t)².",
    "The way to c_prev has one factor only, since c_t = f c_prev + i g."),
    after="Between dc_t and dc_prev stands nothing but f: no matrix, no slope. That is the gradient highway.")
def cell_backward(f, o, c, dh_t, dc_next):
    """One step back along the cell state of an LSTM: c_t = f c_prev + i g, h_t = o tanh(c_t).

    f, o     (B, H)  the gates of this step
    c        (B, H)  c_t, the cell state after it
    dh_t     (B, H)  dL/dh_t, all that came back to h_t
    dc_next  (B, H)  what came back to c_t from the next step
    returns  dc_t (B, H), all that came back to c_t; and dc_prev (B, H), what goes on to the cell state before
    """
    dc_t = dc_next + dh_t * o * (1 - np.tanh(c) ** 2)
    return dc_t, dc_t * f


def _and_on(dc_t, f):
    return dc_t, dc_t * f


@cell_backward.wrong("Correct but for the blame from later: dc_next is dropped, and with it the highway.")
def _next_dropped(f, o, c, dh_t, dc_next):
    return _and_on(dh_t * o * (1 - np.tanh(c) ** 2), f)


@cell_backward.wrong("Correct but for the slope of tanh(c_t), which is missing on the way down from h_t.")
def _slope_missing(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * o, f)


@cell_backward.wrong("The slope is 1 − tanh(c)², not 1 − c²: c has not been through tanh yet.")
def _slope_of_c(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * o * (1 - c ** 2), f)


@cell_backward.wrong(
    "Correct but for the output gate: h_t = o tanh(c_t), so what comes down from h_t is multiplied by o.")
def _output_gate_missing(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * (1 - np.tanh(c) ** 2), f)


@cell_backward.wrong("dc_t is right; on the way to c_prev the forget gate f is missing.")
def _forget_gate_missing(f, o, c, dh_t, dc_next):
    dc_t = cell_backward.reference(f, o, c, dh_t, dc_next)[0]
    return dc_t, dc_t


@cell_backward.wrong(
    "dc_next has come back to c_t already: it goes into dc_t as it is, f multiplies the sum afterwards.")
def _forgotten_twice(f, o, c, dh_t, dc_next):
    return _and_on(dc_next * f + dh_t * o * (1 - np.tanh(c) ** 2), f)


@cell_backward.wrong("The slope and the gate act on the blame from h_t only; dc_next came along the cell, past both.")
def _all_through_output(f, o, c, dh_t, dc_next):
    return _and_on((dc_next + dh_t) * o * (1 - np.tanh(c) ** 2), f)


@cell_backward.wrong("dc_t is right; what goes on to c_prev is f times all of dc_t, not of dc_next alone.")
def _next_passed_on(f, o, c, dh_t, dc_next):
    return cell_backward.reference(f, o, c, dh_t, dc_next)[0], dc_next * f


@cell_backward.wrong("f is in dc_t already; it stands between c_t and c_prev, so only dc_prev gets it, once.")
def _forgotten_too_early(f, o, c, dh_t, dc_next):
    return _and_on(cell_backward.reference(f, o, c, dh_t, dc_next)[1], f)


@cell_backward.wrong("tanh(c) itself stands where its slope belongs, 1 − tanh(c)².")
def _value_for_slope(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * o * np.tanh(c), f)


@cell_backward.wrong("The slope is 1 − tanh(c)². Here it is 1 − h², and h = o tanh(c) has o in it.")
def _slope_of_h(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * o * (1 - (o * np.tanh(c)) ** 2), f)


@cell_backward.wrong("The square is missing: the slope of tanh at c is 1 − tanh(c)², here it is 1 − tanh(c).")
def _slope_without_square(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * o * (1 - np.tanh(c)), f)


@cell_backward.wrong("tanh(c) stands where o belongs: it is the factor on the way from h_t to o, not on the way to c.")
def _way_to_the_gate(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * np.tanh(c) * (1 - np.tanh(c) ** 2), f)


@cell_backward.wrong("Blame that comes along two ways adds up; here the two are multiplied.")
def _ways_multiplied(f, o, c, dh_t, dc_next):
    return _and_on(dc_next * dh_t * o * (1 - np.tanh(c) ** 2), f)


@cell_backward.wrong(
    "o (1 − o) belongs to the way into a_o. On the way to c the gate o is a factor, without its slope.")
def _slope_of_the_gate(f, o, c, dh_t, dc_next):
    return _and_on(dc_next + dh_t * o * (1 - o) * (1 - np.tanh(c) ** 2), f)


# -- a gate held ------------------------------------------------------------------------------------------
def _held(rng, gates="foigf", values=(1.0, 0.0, 0.5, -1.0, 0.25), sizes=SIZES):
    for gate, value, (_, B, D, H) in zip(gates, values, sizes, strict=True):
        yield _one_step(rng, B, D, H) | {"gate": gate, "value": value}


def _other_held(rng):
    values = [float(value) for value in rng.uniform(-1, 1, 5).round(2)]
    return _held(rng, "".join(rng.permutation([*"ifgoi"])), values, other_sizes(rng, SIZES))


@exercise(cases=_held, hidden=_other_held, size=8, returns=("h", "c"),
          rebuilds=("rnncourse.cells.clamping.run_clamped", "rnncourse.cells.lstm.step",
                    "rnncourse.cells.lstm.forward"), hints=(
    "Compute all four as always, then replace one, and only then compute c and h.",
    "The value is the gate's own value, after the sigmoid; 1 is open, 0 is shut.",
    "Almost the solution: with a dict, `gates = dict(zip(\"ifgo\", …))`, "
    "it is `gates[gate] = np.full_like(gates[gate], value)`."),
    after="This is how one asks a gate what it is for: hold it, and see what changes.")
def held_step(params, x_t, h_prev, c_prev, gate, value):
    """One LSTM step in which one gate is held at a value, whatever the input says.

    σ is `rnncourse.activations.sigmoid.value`.

    params   W_x (D, 4H), W_h (H, 4H), b (4H,), packed in the order i, f, g, o
    x_t      (B, D),  h_prev and c_prev (B, H)
    gate     "i", "f", "g" or "o"
    value    what every unit's gate is held at, a number
    returns  h (B, H) and c (B, H)
    """
    a = x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"]
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=-1)
    gates = {"i": sigmoid.value(a_i), "f": sigmoid.value(a_f), "g": np.tanh(a_g), "o": sigmoid.value(a_o)}
    gates[gate] = np.full_like(gates[gate], value)
    c = gates["f"] * c_prev + gates["i"] * gates["g"]
    h = gates["o"] * np.tanh(c)
    return h, c


def _step_with(params, x_t, h_prev, c_prev, change, order="ifgo"):
    """A step whose gates (a dict of i, f, g, o) go through `change` before they are used."""
    a = dict(zip(order, _preactivations(params, x_t, h_prev), strict=True))
    gates = change({name: np.tanh(a[name]) if name == "g" else sigmoid.value(a[name]) for name in a})
    c = gates["f"] * c_prev + gates["i"] * gates["g"]
    return gates["o"] * np.tanh(c), c


@held_step.wrong(
    "The pre-activation is held, and then goes through σ or tanh; it is the gate itself that takes the value.")
def _preactivation_held(params, x_t, h_prev, c_prev, gate, value):
    held = np.tanh(value) if gate == "g" else sigmoid.value(np.float64(value))
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates | {gate: held})


@held_step.wrong("This is the untouched step: the gate is not held, or only after c and h were computed.")
def _not_held(params, x_t, h_prev, c_prev, gate, value):
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates)


@held_step.wrong("f and i are exchanged: packed in the order i, f, g, o, the input gate comes first.")
def _forget_first(params, x_t, h_prev, c_prev, gate, value):
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates | {gate: value}, order="figo")


@held_step.wrong("g and o are exchanged: packed in the order i, f, g, o, the candidate g comes third.")
def _output_third(params, x_t, h_prev, c_prev, gate, value):
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates | {gate: value}, order="ifog")


@held_step.wrong("The gate is multiplied by the value; held means that it has the value, whatever it was.")
def _multiplied(params, x_t, h_prev, c_prev, gate, value):
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates | {gate: gates[gate] * value})


@held_step.wrong("The right c; but h is o · c, and the tanh round c is missing.")
def _tanh_missing(params, x_t, h_prev, c_prev, gate, value):
    ones = _step_with(params, x_t, h_prev, c_prev, lambda gates: gates | {gate: value} | {"o": 1.0})[1]
    a_o = _preactivations(params, x_t, h_prev)[3]
    return (value if gate == "o" else sigmoid.value(a_o)) * ones, ones


@held_step.wrong("The right numbers in the wrong order: first h, then c.")
def _cell_first(params, x_t, h_prev, c_prev, gate, value):
    return held_step.reference(params, x_t, h_prev, c_prev, gate, value)[::-1]


@held_step.wrong("Correct but for the candidate g, which goes through tanh, not through σ.")
def _candidate_through_sigmoid(params, x_t, h_prev, c_prev, gate, value):
    candidate = sigmoid.value(_preactivations(params, x_t, h_prev)[2])
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates | {"g": candidate} | {gate: value})


@held_step.wrong("Correct but for the candidate g, which goes through tanh; here it is a_g as it stands.")
def _candidate_not_squashed(params, x_t, h_prev, c_prev, gate, value):
    candidate = _preactivations(params, x_t, h_prev)[2]
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates | {"g": candidate} | {gate: value})


@held_step.wrong("Correct but for the bias b, which is missing in the pre-activations.")
def _without_bias(params, x_t, h_prev, c_prev, gate, value):
    return held_step.reference(params | {"b": 0 * params["b"]}, x_t, h_prev, c_prev, gate, value)


@held_step.wrong("Correct for i, f and o; but the candidate \"g\" can be held as well, and here it is not.")
def _candidate_never_held(params, x_t, h_prev, c_prev, gate, value):
    return _step_with(params, x_t, h_prev, c_prev, lambda gates: gates if gate == "g" else gates | {gate: value})


def _pair_for_a_value(outcome, expected):
    """Whether more axes or tuples came than belong there, as after `sigmoid(a)`."""
    came = outcome.value if isinstance(outcome.value, tuple) else (outcome.value,)
    return any(isinstance(part, tuple) or np.ndim(part) == 3 for part in came)


held_step.note(
    "`sigmoid(a)` gives two things, the value and the slope. A gate is `sigmoid.value(a)`.")(_pair_for_a_value)


# -- peepholes ---------------------------------------------------------------------------------------------
def _peeping(rng, sizes=SIZES):
    for _, B, D, H in sizes:
        yield _one_step(rng, B, D, H) | {name: rng.normal(size=H) for name in ("p_i", "p_f", "p_o")}


@exercise(cases=_peeping, size=6, returns=("h", "c"),
          rebuilds=("rnncourse.cells.lstm.step", "rnncourse.cells.lstm.forward"), hints=(
    "A peephole adds one thing to a gate's pre-activation: the cell state times the peephole's weights, unit by unit.",
    "i and f decide before the cell is written, so they see c_prev. o decides afterwards: it sees the new c.",
    "So the order of the lines matters: i and f, then g and c, and o only when c is there."),
    after="With peepholes a gate can see what it guards, even while the output gate is shut.")
def peephole_step(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    """One step of an LSTM with peepholes: i and f see the cell state before the step, o sees the one after it.

    a_i and a_f get p_i c_prev and p_f c_prev added, a_o gets p_o c_t, each unit its own cell only.
    σ is `rnncourse.activations.sigmoid.value`.

    params   W_x (D, 4H), W_h (H, 4H), b (4H,), packed in the order i, f, g, o
    p_i, p_f, p_o  (H,)  the weights of the peepholes
    x_t      (B, D),  h_prev and c_prev (B, H)
    returns  h (B, H) and c (B, H)
    """
    a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"], 4, axis=-1)
    i = sigmoid.value(a_i + p_i * c_prev)
    f = sigmoid.value(a_f + p_f * c_prev)
    c = f * c_prev + i * np.tanh(a_g)
    o = sigmoid.value(a_o + p_o * c)
    return o * np.tanh(c), c


def _peephole(a_i, a_f, a_g, a_o, c_prev, p_i, p_f, p_o, seen_by_o="new", squash=np.tanh, candidate=np.tanh):
    i, f = sigmoid.value(a_i + p_i * c_prev), sigmoid.value(a_f + p_f * c_prev)
    c = f * c_prev + i * candidate(a_g)
    o = sigmoid.value(a_o + p_o * (c if seen_by_o == "new" else c_prev))
    return o * squash(c), c


@peephole_step.wrong("Correct but for the output gate: it sees the new c_t, not c_prev.")
def _output_sees_old(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    return _peephole(*_preactivations(params, x_t, h_prev), c_prev, p_i, p_f, p_o, seen_by_o="old")


@peephole_step.wrong("Correct but for what o sees: its peephole looks at c_t itself, p_o * c, not at tanh(c_t).")
def _output_sees_tanh(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    c = _peephole(a_i, a_f, a_g, a_o, c_prev, p_i, p_f, p_o)[1]
    return sigmoid.value(a_o + p_o * np.tanh(c)) * np.tanh(c), c


@peephole_step.wrong("i and f look at a new cell state here; they decide before it is there, so they see c_prev.")
def _all_see_new(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    plain = _peephole(a_i, a_f, a_g, a_o, c_prev, 0, 0, 0)[1]
    c = sigmoid.value(a_f + p_f * plain) * c_prev + sigmoid.value(a_i + p_i * plain) * np.tanh(a_g)
    return sigmoid.value(a_o + p_o * c) * np.tanh(c), c


@peephole_step.wrong("The peepholes of i and f are exchanged: p_i goes into a_i, p_f into a_f.")
def _peepholes_exchanged(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    return _peephole(*_preactivations(params, x_t, h_prev), c_prev, p_f, p_i, p_o)


@peephole_step.wrong("Correct but for the output gate's own peephole: p_o c_t is missing.")
def _output_blind(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    return _peephole(*_preactivations(params, x_t, h_prev), c_prev, p_i, p_f, 0 * p_o)


@peephole_step.wrong("This is the plain LSTM: no gate sees the cell.")
def _all_blind(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    return _peephole(*_preactivations(params, x_t, h_prev), c_prev, 0, 0, 0)


@peephole_step.wrong("i and f are exchanged: packed in the order i, f, g, o, the input gate comes first.")
def _gates_exchanged(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_f, a_i, a_g, a_o = _preactivations(params, x_t, h_prev)
    return _peephole(a_i, a_f, a_g, a_o, c_prev, p_i, p_f, p_o)


@peephole_step.wrong("g and o are exchanged: packed in the order i, f, g, o, the candidate g comes third.")
def _candidate_last(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_o, a_g = _preactivations(params, x_t, h_prev)
    return _peephole(a_i, a_f, a_g, a_o, c_prev, p_i, p_f, p_o)


@peephole_step.wrong("The right c; but h is o · c, and the tanh round c is missing.")
def _output_not_squashed(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    return _peephole(*_preactivations(params, x_t, h_prev), c_prev, p_i, p_f, p_o, squash=lambda c: c)


@peephole_step.wrong("The candidate g gets a peephole too; only the three gates look at the cell.")
def _candidate_peeps(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    return _peephole(a_i, a_f, a_g + p_i * c_prev, a_o, c_prev, p_i, p_f, p_o)


@peephole_step.wrong("The new candidate is added whole: c = f c_prev + i g, the input gate i is missing.")
def _input_gate_ignored(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    return _peephole(np.full_like(a_i, np.inf), a_f, a_g, a_o, c_prev, 0, p_f, p_o)


@peephole_step.wrong("The peephole is added to the gate, after σ; it belongs into the pre-activation, before σ.")
def _added_after_sigmoid(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    i, f = sigmoid.value(a_i) + p_i * c_prev, sigmoid.value(a_f) + p_f * c_prev
    c = f * c_prev + i * np.tanh(a_g)
    return (sigmoid.value(a_o) + p_o * c) * np.tanh(c), c


@peephole_step.wrong("Correct but for o, whose peephole is added to the gate, after σ: it belongs into a_o, before σ.")
def _output_added_after_sigmoid(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    c = _peephole(a_i, a_f, a_g, a_o, c_prev, p_i, p_f, p_o)[1]
    return (sigmoid.value(a_o) + p_o * c) * np.tanh(c), c


@peephole_step.wrong("The peepholes of i and f are added after σ, to the gates; they belong into a_i and a_f, before.")
def _first_two_added_after_sigmoid(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    c = (sigmoid.value(a_f) + p_f * c_prev) * c_prev + (sigmoid.value(a_i) + p_i * c_prev) * np.tanh(a_g)
    return sigmoid.value(a_o + p_o * c) * np.tanh(c), c


@peephole_step.wrong("Correct but for the candidate, which goes through tanh: c = f c_prev + i tanh(a_g).")
def _candidate_not_squashed(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    return _peephole(a_i, a_f, a_g, a_o, c_prev, p_i, p_f, p_o, candidate=lambda a: a)


@peephole_step.wrong("`c_prev @ p_i` sums over the units; each unit sees its own cell only: `p_i * c_prev`.")
def _summed_over_units(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    a_i, a_f, a_g, a_o = _preactivations(params, x_t, h_prev)
    c = sigmoid.value(a_f + c_prev @ p_f) * c_prev + sigmoid.value(a_i + c_prev @ p_i) * np.tanh(a_g)
    return sigmoid.value(a_o + c @ p_o) * np.tanh(c), c


peephole_step.note(
    "`sigmoid(a)` gives two things, the value and the slope. A gate is `sigmoid.value(a)`.")(_pair_for_a_value)


@peephole_step.note("Each unit sees its own cell only: `p_i * c_prev`, unit by unit, and no matrix product.")
def _matrix_product(outcome, expected):
    return isinstance(outcome.error, ValueError) and "matmul" in str(outcome.error)


# -- the forget bias ---------------------------------------------------------------------------------------
def _spans(rng, spans=((10, 0.5), (1, 0.5), (100, 0.5), (7, 0.1), (30, 0.9))):
    for steps, share in spans:
        yield {"steps": steps, "share": share}


def _other_spans(rng):
    steps = (1, *rng.choice(np.arange(2, 200), 4, replace=False))
    return _spans(rng, [(int(n), float(share)) for n, share in zip(steps, rng.uniform(0.05, 0.95, 5), strict=True)])


@exercise(cases=_spans, hidden=_other_spans, size=2, hints=(
    "After n steps fⁿ is left. Which f makes fⁿ = share?",
    "f is the n-th root of the share. And f = σ(b), when the bias is all there is: which b gives this f?",
    "Almost the solution: f = 1 / (1 + e^(−b)), so e^(−b) = (1 − f) / f, and b = log(f / (1 − f))."),
    after="With b = 0 half of the cell is lost at each step. Over long spans, ten times longer takes the natural "
          "logarithm of 10 more, about 2.3.")
def forget_bias_for(steps, share):
    """The forget gates' bias b with which `share` of the cell state is left after `steps` steps.

    The bias is all that goes into these gates: inputs and states add nothing.

    steps    a whole number, 1 or more
    share    a number between 0 and 1
    returns  b, a number: σ(b) ** steps = share
    """
    f = share ** (1 / steps)
    return np.log(f / (1 - f))


@forget_bias_for.wrong("This is the gate f itself; the bias b is what goes into the sigmoid to give it.")
def _the_gate(steps, share):
    return share ** (1 / steps)


@forget_bias_for.wrong("The same share is kept at each step, so f is the n-th root of the share; this divides by n.")
def _divided(steps, share):
    f = share / steps
    return np.log(f / (1 - f))


@forget_bias_for.wrong(
    "This f loses the same amount, (1 − share)/n, at each step; but each keeps a share of what is left.")
def _in_equal_amounts(steps, share):
    f = 1 - (1 - share) / steps
    return np.log(f / (1 - f))


@forget_bias_for.wrong("Correct but for the sign: this b gives 1 − f. An open gate has a positive bias.")
def _sign_turned(steps, share):
    return -forget_bias_for.reference(steps, share)


@forget_bias_for.wrong("This is σ(f); asked for is the way back, from the gate to what goes into the sigmoid.")
def _sigmoid_of_gate(steps, share):
    return 1 / (1 + np.exp(-share ** (1 / steps)))


@forget_bias_for.wrong("This is the bias for a single step; over `steps` of them f is multiplied as often.")
def _for_one_step(steps, share):
    return np.log(share / (1 - share))


@forget_bias_for.wrong("Correct but for the base: e^(−b) is turned round by the natural logarithm, `np.log`.")
def _log_to_base_ten(steps, share):
    return forget_bias_for.reference(steps, share) / np.log(10)


@forget_bias_for.wrong("This is log f; b is what the sigmoid turns into f, so it takes log(f / (1 − f)).")
def _log_of_the_gate(steps, share):
    return np.log(share) / steps


@forget_bias_for.wrong(
    "This is a rule of thumb for long times, b = log(steps); the exact one depends on the share as well.")
def _rule_of_thumb(steps, share):
    return np.log(steps)


@forget_bias_for.wrong(
    "The root is upside down: f ** steps = share, so f is `share ** (1 / steps)`, not `share ** steps`.")
def _power_for_root(steps, share):
    f = share ** steps
    return np.log(f / (1 - f))


@forget_bias_for.note(
    "f has become 1, nothing is forgotten: is it `1 // steps`, which is 0? `1 / steps` is the fraction.")
def _nothing_forgotten_ever(outcome, expected):
    return isinstance(outcome.error, ZeroDivisionError) or (np.ndim(outcome.value) == 0 and outcome.value == np.inf)

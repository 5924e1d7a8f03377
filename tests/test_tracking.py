"""Which unit tracks a property, against units made to track it; where else the same units are on, against slow code."""

import explain_checks
import numpy as np
import pytest
from explain_checks import Twin
from planting import plant
from sklearn.metrics import roc_auc_score

from rnncourse.datasets import checkpoints, modules, properties, text
from rnncourse.explain import spans, tracking
from rnncourse.explain.model import Explained

N, H = 4000, 12
TRAIN, TEST = slice(0, 2500), slice(2500, N)


def slow(rng, shape, memory=0.98):
    """Noise whose neighbours are alike, as states are."""
    out, noise = np.zeros(shape), rng.normal(size=shape)
    for t in range(1, len(out)):
        out[t] = memory * out[t - 1] + noise[t]
    return out / out.std(0)


def planted(seed=0, yes_no=True):
    """States of two layers, a property, and h of layer 1, unit 7, which falls where the property rises."""
    rng = np.random.default_rng(seed)
    values = slow(rng, N)
    values = (values > 0.3).astype(float) if yes_no else values
    states = {(signal, layer): slow(rng, (N, H)) for signal in "hc" for layer in (0, 1)}
    states["h", 1][:, 7] = 0.3 * states["h", 1][:, 7] - values
    return states, values


# -- which unit ---------------------------------------------------------------------------------------------
def check_the_unit_that_tracks_comes_first(room):
    for yes_no in (True, False):
        states, values = planted(yes_no=yes_no)
        found = room.which_unit(states, values, TRAIN, TEST)
        first = found[0]
        assert (first.signal, first.layer, first.unit, first.sign, first.place) == ("h", 1, 7, -1, ("h", 1))
        unit = states["h", 1][:, 7]
        assert abs(first.score - -np.corrcoef(unit[TEST], values[TEST])[0, 1]) < 1e-12
        assert abs(first.train - abs(np.corrcoef(unit[TRAIN], values[TRAIN])[0, 1])) < 1e-12
        assert found.kind == ("yes/no" if yes_no else "number") and found.units == 4 * H and len(found) == 10
        assert [row.train for row in found.rows] == sorted((row.train for row in found.rows), reverse=True)
        for row in found.rows:
            if yes_no:
                away = row.sign * states[row.place][TEST, row.unit]
                assert abs(row.auc - roc_auc_score(values[TEST], away)) < 1e-12
            else:
                assert row.auc is None
        assert found.chance < 0.5 < first.score and "chance" in repr(found) and "h of layer 1, unit 7" in repr(found)


def check_it_chooses_on_train_and_reports_held_out(room):
    """A unit that follows the property in training, and its opposite afterwards, is first with a score below 0."""
    states, values = planted()
    states["c", 0][TRAIN, 3] = values[TRAIN]
    states["c", 0][TEST, 3] = 0.01 * states["c", 0][TEST, 3] - values[TEST]
    states["c", 1][TEST, 5] = values[TEST]               # and one that follows it on the held-out part alone
    first = room.which_unit(states, values, TRAIN, TEST)[0]
    assert (first.signal, first.layer, first.unit) == ("c", 0, 3)
    assert first.train > 0.999 and first.score < -0.99 and first.auc < 0.001


def check_the_chance_level_is_that_of_unrelated_properties(room):
    """Properties drawn apart from the states: about 95 % of their best units stay below the level, no more, no less.

    Shuffled step by step, the level would be about 2 / √1500 = 0.05, and nearly all would be above.
    """
    below = []
    for seed in range(60):
        states, _ = planted(seed)
        other = slow(np.random.default_rng(1000 + seed), N)
        found = room.which_unit(states, other, TRAIN, TEST, count=1)
        below.append(found[0].score <= found.chance)
        assert found.chance > 0.15
    assert np.mean(below) >= 0.85, np.mean(below)


def check_rests_score_nothing(room):
    states, values = planted()
    states["h", 0][:, 2] = 0.1 + 0.2
    found = room.which_unit(states, values, TRAIN, TEST, count=4 * H)
    row = next(row for row in found.rows if row.place == ("h", 0) and row.unit == 2)
    assert row.score == row.train == 0 and row.auc == 0.5


def check_states_are_in_the_order_of_the_rows(room):
    twin = Twin("lstm", 2, True)
    trace = twin.explained(explain_checks.Lab()).trace(twin.x, twin.lengths)
    found = room.states_of_text(trace)
    assert set(found) == {(s, n, *way) for s in "hc" for n in (0, 1) for way in ((), ("backward",))}
    for place, states in found.items():
        part = trace.at(place[1], "backward" if place[2:] else "forward")
        rows = [part.row(b)[place[0]][:, 0] for b in range(trace.batch)]
        np.testing.assert_array_equal(states, np.concatenate(rows))
    one = trace.at(0)
    assert set(room.states_of_text(one, signals="f")) == {("f", 0)}
    np.testing.assert_array_equal(room.states_of_text(one, signals=("f",))["f", 0][:4], one.f[:4, 0])
    row = room.which_unit(found, np.arange(18.) % 5, slice(0, 9), slice(9, 18))
    assert any(each.direction == "backward" and "(backward)" in str(each) for each in row.rows)


TRACKING = [check_the_unit_that_tracks_comes_first, check_it_chooses_on_train_and_reports_held_out,
            check_the_chance_level_is_that_of_unrelated_properties, check_rests_score_nothing,
            check_states_are_in_the_order_of_the_rows]


# -- where else -----------------------------------------------------------------------------------------------
def check_spans_hold_what_they_say(room):
    rng = np.random.default_rng(0)
    for trial in range(30):
        states, threshold = slow(rng, (300, 6), 0.9), rng.uniform(-0.3, 0.5)
        start = int(rng.integers(0, 290))
        stop = start + int(rng.integers(1, 10))
        found = room.where_else(states, (start, stop), threshold, count=300)
        on = states > threshold
        assert found.units.tolist() == [u for u in range(6) if on[start:stop, u].all()]
        taken = np.zeros(300, int)
        taken[start:stop] += 1
        for (first, last), units, others in zip(found.spans, found.shared, found.others, strict=True):
            taken[first:last] += 1
            throughout = set(np.flatnonzero(on[first:last].all(0)))
            assert last - first >= stop - start and set(units) == throughout & set(found.units), trial
            assert others == len(throughout - set(found.units))
            for edge in (first - 1, last):
                if 0 <= edge < 300:    # it is as long as its units stay on, or ends at another one
                    assert not on[edge, units].all() or taken[edge] or _in_a_span(edge, found)
        assert taken.max() == 1
        counts = [len(units) for units in found.shared]
        assert counts == sorted(counts, reverse=True)
        most = max((on[t:t + stop - start, found.units].all(0).sum() for t in range(300 - (stop - start) + 1)
                    if t + stop - start <= start or t >= stop), default=0)
        assert (counts[0] if counts else 0) == most, "the best place is missing"


def _in_a_span(place, found):
    return any(first <= place < last for first, last in (*found.spans, found.span))


def check_a_pattern_that_returns_is_found(room):
    states = np.zeros((100, 5))
    for first, last in ((10, 15), (40, 47), (80, 85)):
        states[first:last, [1, 3]] = 0.9
    states[80:85, 4] = 0.9             # and another unit besides: a worse match
    states[60:66, 1] = 0.9             # half of it
    found = room.where_else(states, (10, 15), 0.5)
    assert found.spans == ((40, 47), (80, 85), (60, 66)) and found.others == (0, 1, 0)
    assert [units.tolist() for units in found.shared] == [[1, 3], [1, 3], [1]]
    assert room.where_else(states, (10, 15), 0.5, count=1).spans == ((40, 47),) and len(found) == 3
    assert "2 unit(s) above 0.5 there" in repr(found) and "80 to 85: shares 2, 1 other(s) on" in repr(found)


SPANS = [check_spans_hold_what_they_say, check_a_pattern_that_returns_is_found]


@pytest.mark.parametrize("check, room", [(c, tracking) for c in TRACKING] + [(c, spans) for c in SPANS],
                         ids=lambda value: getattr(value, "__name__", ""))
def test(check, room):
    check(room)


@pytest.mark.parametrize("room, changes, by", [
    (tracking, [("np.argsort(-np.abs(r[:, 0])", "np.argsort(-np.abs(held[:, 0])")], [TRACKING[1]]),
    (tracking, [("float(sign * held[n, 0])", "float(abs(held[n, 0]))")], [TRACKING[1]]),
    (tracking, [("area(sign * states", "area(states")], [TRACKING[0]]),
    (tracking, [("values[(np.arange(len(values))[:, None] - np.array([0, *steps])) % len(values)]",
                 "np.stack([values] + [np.random.default_rng(s).permutation(values) for s in steps], 1)")],
     [TRACKING[2]]),
    (tracking, [("turned -= values.mean()", "turned -= 0")], [TRACKING[0]]),
    (tracking, [("part[name].swapaxes(0, 1)[valid]", "part[name][trace.mask]")], [TRACKING[4]]),
    (spans, [("np.lexsort((others, -shared))", "np.lexsort((-others, -shared))")], [SPANS[1]]),
    (spans, [("free[start:stop] = False", "pass")], SPANS),
    (spans, [("free[first:last] = False", "pass")], SPANS),
    (spans, [("== length ", ">= length - 1 ")], [SPANS[0]]),
    (spans, [("first, last = _stretch(on[:, its].all(1) & free, here)", "first, last = int(here), int(here + length)")],
     SPANS),
], ids=["chooses on held-out", "score without sign", "AUC without sign", "shuffled, not rotated", "mean not taken off",
        "steps before rows", "more others first", "finds itself", "overlaps", "a step too short", "not to its end"])
def test_the_checks_catch(room, changes, by):
    mutant = plant(room, *changes)
    for check in by:
        with pytest.raises(AssertionError):
            check(mutant)


# -- the course's text model -----------------------------------------------------------------------------------
def test_the_text_model_has_units_for_its_text():
    """On openings that it never saw: the place in the line, brackets and indentation each have a unit of c."""
    read = modules.held_out(6)
    length = min(len(one.text) for one in read)
    net = Explained.of(checkpoint := _network())
    numbers = np.stack([text.encode(one.text[:length]) for one in read], 1)
    states = tracking.states_of_text(net.trace(numbers))
    assert checkpoint.classes == len(text.VOCABULARY)
    for name, place, unit, least in (("place in the line", ("c", 0), 24, 0.6), ("indentation", ("c", 0), 61, 0.6),
                                     ("inside brackets", ("c", 0), 39, 0.5)):
        values = np.concatenate([properties.PROPERTIES[name].of(one.text[:length]) for one in read])
        found = tracking.which_unit(states, values, slice(0, 4 * length), slice(4 * length, None), count=3)
        assert found[0].score > max(least, 1.5 * found.chance), f"{name}: {found}"
        assert (place, unit) in [(row.place, row.unit) for row in found.rows]


def _network():
    from rnncourse.cells.networks import Network

    return Network.from_tensors(checkpoints.tensors("text_lstm2"))


# -- doors ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change, error, message", [
    ({"values": np.ones(N)}, ValueError, "the property is 1 at all 2500 steps of train"),
    ({"values": np.ones(9)}, ValueError, r"states \('h', 0\) have 4000 steps and values 9"),
    ({"values": np.full(N, np.nan)}, ValueError, "values holds NaN or infinity at 4000 place"),
    ({"states": np.ones((N, H))}, TypeError, "states are ndarray; expected {"),
    ({"states": {("h", 0): np.full((N, H), np.inf)}}, ValueError, r"states \('h', 0\) holds NaN or infinity"),
    ({"test": slice(2000, N)}, ValueError, "train and test share steps"),
    ({"train": np.zeros(N, bool)}, ValueError, "train has 0 step"),
    ({"train": np.zeros(5, bool)}, ValueError, r"expected a slice, whole numbers of steps, or \(4000,\) booleans"),
    ({"train": [0, 1, N]}, ValueError, "train has steps from 0 to 4000"),
])
def test_bad_input_to_which_unit(change, error, message):
    states, values = planted()
    with pytest.raises(error, match=message):
        tracking.which_unit(**{"states": states, "values": values, "train": TRAIN, "test": TEST} | change)


def test_bad_input_to_the_others():
    with pytest.raises(TypeError, match="the trace is int; expected a Trace"):
        tracking.states_of_text(3)
    states = np.linspace(-1, 1, 50)[:, None] * np.ones(3)
    for span in ((5, 5), (-1, 4), (0, 51), (0.0, 4)):
        with pytest.raises(ValueError, match=r"the span is .*0 ≤ start < stop ≤ 50"):
            spans.where_else(states, span, 0.5)
    with pytest.raises(ValueError, match="states holds NaN"):
        spans.where_else(states * np.nan, (0, 3), 0.5)
    none = spans.where_else(states, (0, 3), 0.5)
    assert len(none) == 0 and "The highest stays above -1.00; try a lower threshold" in repr(none)
    alone = spans.where_else(states, (40, 50), 0.5)
    assert len(alone) == 0 and alone.units.tolist() == [0, 1, 2] and "nowhere else so long" in repr(alone)

"""The search for fixed points: Newton's method from many starts at once, and what it found told apart."""

import numpy as np

from rnncourse.explain._points import distinct, radius


def newton(net, states, steps=60):
    """Newton's method on F(s) − s from each of `states` (N, S): where they end (N, S).

    s + t (I − J)⁻¹ (F(s) − s), held within the bounds that all fixed points keep, with the first t of 1, ½, ¼, … 1/256
    that makes the gap smaller. A start that no t helps stays where it is.
    """
    states = net.checked(states).copy()
    active = np.arange(len(states))
    for _ in range(steps):
        s = states[active]
        ahead, J = net.both(s)
        gap = ahead - s
        states[active], moved = _shorter(net, s, _towards(J, gap), np.linalg.norm(gap, axis=1))
        active = active[moved]
        if not len(active):
            break
    return states


def _towards(J, gap):
    """(I − J)⁻¹ gap for each state; where I − J is singular, by least squares."""
    A = np.eye(J.shape[-1]) - J
    try:
        return np.linalg.solve(A, gap[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return (np.linalg.pinv(A) @ gap[..., None])[..., 0]


def _shorter(net, s, step, before):
    """The states after the first t that shortens the gap, and which moved."""
    t, waiting, after, bounds = 1.0, np.arange(len(s)), s.copy(), net.bounds
    while len(waiting) and t > 1 / 300:
        tried = np.clip(s[waiting] + t * step[waiting], *bounds)
        better = np.linalg.norm(net.step(tried) - tried, axis=1) < (1 - 1e-3 * t) * before[waiting]
        after[waiting[better]] = tried[better]
        waiting, t = waiting[~better], t / 2
    moved = np.ones(len(s), bool)
    moved[waiting] = False
    return after, moved


def search(net, starts, rng, rounds):
    """(points, share of the starts that arrived, (M, S) where the others ended)."""
    ends = newton(net, starts)
    arrived = _arrived(net, ends)
    points = _told_apart(net, ends[arrived])
    for _ in range(rounds if len(points) > 1 else 0):
        more = newton(net, _between(points, rng, len(starts)))
        found = _told_apart(net, np.concatenate([points, more[_arrived(net, more)]]))
        if len(found) == len(points):
            break
        points = found
    return points, arrived.mean(), ends[~arrived]


def _arrived(net, states):
    """Where the gap is rounding, and the root itself is near: where a gate is shut, any state has a small gap."""
    ahead, J = net.both(states)
    gap, size = ahead - states, 1 + np.abs(states).max(1)
    return (np.abs(gap).max(1) < 1e-12 * size) & (np.abs(_towards(J, gap)).max(1) < 1e-4 * size)


def _told_apart(net, points):
    """The distinct ones, from the smallest gap to the largest."""
    if not len(points):
        return points
    points = points[np.argsort(net.q(points), kind="stable")]
    margin = np.linalg.svd(np.eye(net.size) - net.jacobian(points), compute_uv=False)[:, -1]
    return distinct(points, radius(margin))


def starting(net, starts, states, rng):
    if not isinstance(starts, (int, np.integer)):
        return net.checked(starts)
    if starts < 1:
        raise ValueError(f"starts is {starts}; expected at least one, or the states themselves (N, S)")
    known = np.empty((0, net.size)) if states is None else net.checked(np.reshape(states, (-1, np.shape(states)[-1])))
    some = _between(known, rng, starts // 2, most=2) if len(known) else known
    return np.concatenate([some, _anywhere(net, rng, starts - len(some))])


def _anywhere(net, rng, count):
    """Random states that the cell can be in; every second one let run for up to 20 steps, nearer to where it lives."""
    low = -1.0 if net.activation in (None, "tanh") else 0.0
    states = rng.uniform(low, 1.0, (count, net.size))
    if net.cell == "lstm":
        states[:, net.hidden_size:] *= rng.uniform(0, 4, (count, 1))
    for step in range(20):
        going = np.arange(count) % 40 >= 20 + step
        states[going] = net.step(states[going]) if going.any() else states[going]
    return states


def _between(points, rng, count, most=8):
    """Random means of 1 to `most` of the points: with equal weights, where symmetric saddles lie, or with any."""
    chosen = rng.integers(0, len(points), (count, most))
    used = np.arange(most) < rng.integers(1, most + 1, (count, 1))
    weights = used * np.where(rng.random((count, 1)) < 0.5, 1.0, rng.exponential(size=(count, most)))
    weights /= weights.sum(1, keepdims=True)
    return np.einsum("nm,nms->ns", weights, points[chosen])

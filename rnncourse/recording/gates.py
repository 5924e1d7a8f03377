"""The gates of every step from the h of every step: one matmul for all, and a loop for c alone.

Everything here reads forward; the caller turns a backward layer round. `mask` (T, B, 1) is 0 on padding, so that
gates and states are 0 there, or None. Work goes in blocks of steps, so that nothing as large as the result is copied.
"""

import numpy as np

from rnncourse import activations

BLOCK = 512    # rows (steps × batch) at a time: what a matmul likes and a processor's cache holds


def recompute(cell, params, x, h, state, lengths, activation):
    """({signal: (T, B, H)} without h, each unit's largest difference (H,) between h and the h that these signals give).

    x (T, B, D), h (T, B, H), state [h0] or [h0, c0] (B, H).
    """
    mask = None if lengths is None else (np.arange(len(x))[:, None] < lengths)[..., None]
    if cell == "lstm":
        return _lstm(params, x, h, *state, mask)
    if cell == "gru":
        return _gru(params, x, h, *state, mask)
    return _rnn(params, x, h, *state, mask, activations.named(activation).value)


def _lstm(p, x, h, h0, c0, mask):
    T, B, H = h.shape
    gates = np.empty((T, B, 4 * H), h.dtype)
    i, f, g, o = np.split(gates, 4, axis=-1)
    c, c_prev, gaps = np.empty((T, B, H), h.dtype), c0, []
    scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], h.dtype), H)    # σ for i, f, o; tanh for g
    W, b = np.concatenate([p["W_x"], p["W_h"]]) * scale, p["b"] * scale    # (D + H, 4H); halving is exact
    kept = np.empty((B, H), h.dtype)
    for now, h_prev in _blocks(h, h0):
        a = _matmul(np.concatenate([x[now], h_prev], axis=-1), W, out=gates[now])
        a += b
        _squash(a, scale)
        _clear(a, mask, now)
        np.multiply(i[now], g[now], out=c[now])
        for f_t, c_t in zip(f[now], c[now], strict=True):          # c_t = f_t c_prev + i_t g_t
            np.multiply(f_t, c_prev, kept)
            np.add(c_t, kept, c_t)
            c_prev = c_t
        gaps.append(_gap(o[now] * np.tanh(c[now]), h[now]))
    return {"i": i, "f": f, "g": g, "o": o, "c": c}, np.max(gaps, axis=0)


def _gru(p, x, h, h0, mask):
    T, B, H = h.shape
    gates, gaps = np.empty((T, B, 3 * H), h.dtype), []
    r, z, n = np.split(gates, 3, axis=-1)
    for now, h_prev in _blocks(h, h0):
        a = _matmul(x[now], p["W_x"], out=gates[now])
        a += p["b"]
        from_h = _matmul(h_prev, p["W_h"])
        a[..., :2 * H] += from_h[..., :2 * H]
        a[..., :2 * H] *= 0.5
        _squash(a[..., :2 * H], np.array(0.5, h.dtype))
        n[now] += r[now] * (from_h[..., 2 * H:] + p["b_hn"])       # the reset gate acts after the matmul
        np.tanh(n[now], out=n[now])
        _clear(a, mask, now)
        gaps.append(_gap((1 - z[now]) * n[now] + z[now] * h_prev, h[now]))
    return {"r": r, "z": z, "n": n}, np.max(gaps, axis=0)


def _rnn(p, x, h, h0, mask, f):
    gaps = []
    for now, h_prev in _blocks(h, h0):
        again = f(_matmul(x[now], p["W_xh"]) + _matmul(h_prev, p["W_hh"]) + p["b_h"])
        _clear(again, mask, now)
        gaps.append(_gap(again, h[now]))
    return {}, np.max(gaps, axis=0)


def _blocks(h, h0):
    """Slices of steps, each with its h_prev."""
    size = max(1, BLOCK // h.shape[1])
    for start in range(0, len(h), size):
        now = slice(start, min(start + size, len(h)))
        yield now, h[start - 1:now.stop - 1] if start else np.concatenate([h0[None], h[:now.stop - 1]])


def _matmul(x, W, out=None):
    """x (k, B, D) W (D, K) as one product of two matrices; NumPy would make k of it."""
    out = np.empty((*x.shape[:2], W.shape[1]), x.dtype) if out is None else out
    np.matmul(x.reshape(-1, len(W)), W, out=out.reshape(-1, W.shape[1]))
    return out


def _squash(a, scale):
    """In place, of a · scale: tanh(a) where scale = 1, and where it is ½ the sigmoid, σ(a) = ½ + ½ tanh(a/2)."""
    np.tanh(a, out=a)
    a *= scale
    a += 1 - scale


def _clear(values, mask, now):
    if mask is not None:
        values *= mask[now]


def _gap(ours, own):
    difference = np.subtract(ours, own, out=ours)
    return np.abs(difference, out=difference).max(axis=(0, 1))

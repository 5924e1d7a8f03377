"""What needs no loop: the same for all steps of a run at once."""


def times(x, W):
    """(T, B, M): x_t W at every step, for x (T, B, N) and W (N, M)."""
    return (_rows(x) @ W).reshape(*x.shape[:2], -1)


def weight_gradient(x, da):
    """(N, M): Σ_t x_tᵀ da_t, what a weight W (N, M) used as a_t = x_t W gets from da (T, B, M)."""
    return _rows(x).T @ _rows(da)


def gates(packed, count):
    """The gates packed on the last axis of (T, B, count·H), each (T, B, H): views that write through."""
    T, B, width = packed.shape
    return packed.reshape(T, B, count, width // count).transpose(2, 0, 1, 3)


def _rows(a):
    """(T·B, N): the steps of all rows, one under another."""
    return a.reshape(-1, a.shape[-1])

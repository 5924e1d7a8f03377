"""Values on their way into the sandbox and out: a JSON header and raw bytes, never pickle.

A frame is two lengths, then a header that says what there is, then the bytes of its arrays one after the other. What
comes out of the sandbox was written by a stranger: every length, type, dtype, shape and depth is looked at before
anything is made of it, and whatever is not as it should be is a Refused.
"""

import json
import math
import os
import select
import struct
import time
from dataclasses import dataclass

import numpy as np

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float16", "float32", "float64", "complex64", "complex128")
DEEPEST, MOST_DIMENSIONS, MOST_ENTRIES = 8, 16, 1 << 24
LENGTHS = struct.Struct(">IQ")


class Refused(Exception):
    """A frame that is not as it should be; the message says why."""


@dataclass(frozen=True)
class Sizes:
    """How large a frame may be: its header and its arrays in bytes, and the number of things in it."""

    header: int = 1 << 20
    body: int = 16 << 20
    things: int = 20_000


TO_US, TO_THEM = Sizes(), Sizes(header=64 << 20, body=256 << 20, things=1_000_000)
SMALL = Sizes(header=1 << 14, body=1 << 18, things=100)


class Stranger:
    """Stands for a value that is not passed on: only its type's name and whether it can be called are known."""

    def __init__(self, word):
        self.word = word


def stranger(word, module="", callable_=False):
    """A Stranger whose type is named `word`, so that a check can say what came."""
    members = {"__module__": "torch" if module == "torch" else __name__}
    if callable_:
        members["__call__"] = lambda self, *given: None
    return type(word if word.isidentifier() else "object", (Stranger,), members)(word)


# -- writing -----------------------------------------------------------------------------------------
def packed(value, functions=None):
    """The frame of a value. Functions in it are appended to the list `functions` and go as their place in it."""
    arrays = []
    header = json.dumps(_written(value, arrays, functions, 0)).encode()
    return LENGTHS.pack(len(header), sum(len(raw) for raw in arrays)) + header + b"".join(arrays)


def _written(value, arrays, functions, depth):
    kind = type(value)
    if value is None or value is Ellipsis:
        return ["none"] if value is None else ["ellipsis"]
    if kind is bool:
        return ["bool", value]
    if kind is int:
        return ["int", value] if value.bit_length() <= 64 else ["stranger", "int_of_more_than_64_bits", "", False]
    if kind is float:
        return ["float", value.hex()]
    if kind is str:
        return ["str", value]
    if kind is bytes:
        arrays.append(value)
        return ["bytes", len(value)]
    if isinstance(value, (np.ndarray, np.generic, complex)):
        return _written_array(np.complex128(value) if kind is complex else value, arrays)
    if isinstance(value, (list, tuple)) and depth < DEEPEST:
        return ["list" if isinstance(value, list) else "tuple",
                [_written(entry, arrays, functions, depth + 1) for entry in tuple(value)]]
    if isinstance(value, dict) and depth < DEEPEST:
        return ["dict", [[_written(key, arrays, functions, DEEPEST), _written(entry, arrays, functions, depth + 1)]
                         for key, entry in value.items()]]
    if functions is not None and callable(value):
        functions.append(value)
        return ["function", len(functions) - 1]
    return ["stranger", kind.__name__, kind.__module__.split(".")[0], callable(value)]


def _written_array(value, arrays):
    array = np.asarray(value)
    if array.dtype.name not in DTYPES:
        return ["objects", list(array.shape)] if array.dtype == object else ["stranger", "ndarray", "", False]
    raw = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False)).tobytes()
    arrays.append(raw)
    return ["array" if isinstance(value, np.ndarray) else "scalar", array.dtype.name, list(array.shape)]


# -- reading -----------------------------------------------------------------------------------------
def unpacked(header, body, sizes=TO_US, function=None):
    """The value of a frame's header and body. `function(place)` gives what a function in it becomes.

    Raises Refused for whatever `packed` cannot have written, and for more than `sizes` allows.
    """
    reader = _Reader(memoryview(body), sizes, function)
    try:
        value = reader.value(json.loads(bytes(header).decode()), 0)
    except Refused:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        raise Refused(f"a header that cannot be read ({type(error).__name__})") from None
    if reader.at != len(body):
        raise Refused(f"{len(body) - reader.at} bytes more than its header tells of")
    return value


class _Reader:
    def __init__(self, body, sizes, function):
        self.body, self.sizes, self.function = body, sizes, function
        self.at = self.things = 0

    def value(self, said, depth):
        self.things += 1
        if self.things > self.sizes.things:
            raise Refused(f"more than {self.sizes.things} things in one frame")
        if depth > DEEPEST + 1:
            raise Refused("things in things, too deep")
        if type(said) is not list or not said or type(said[0]) is not str:
            raise Refused("a header that says no kind")
        read = getattr(self, f"_{said[0]}", None) if said[0] in KINDS else None
        if read is None:
            raise Refused(f"an unknown kind {said[0][:20]!r}")
        return read(depth, *said[1:])

    def _none(self, depth):
        return None

    def _ellipsis(self, depth):
        return ...

    def _bool(self, depth, value):
        return _checked(value, bool)

    def _int(self, depth, value):
        if _checked(value, int).bit_length() > 64:
            raise Refused("a whole number of more than 64 bits")
        return value

    def _float(self, depth, value):
        return float.fromhex(_checked(value, str)[:40])

    def _str(self, depth, value):
        return _checked(value, str)

    def _bytes(self, depth, length):
        return bytes(self._take(_checked(length, int)))

    def _list(self, depth, entries):
        return [self.value(entry, depth + 1) for entry in _checked(entries, list)]

    def _tuple(self, depth, entries):
        return tuple(self._list(depth, entries))

    def _dict(self, depth, entries):
        found = {}
        for key, entry in _checked(entries, list):
            key = self.value(key, depth + 1)
            if type(key) not in (str, int, float, bool, type(None)):
                key = "…"                        # a key of another type is never one that is asked for
            found[key] = self.value(entry, depth + 1)
        return found

    def _array(self, depth, dtype, shape):
        if dtype not in DTYPES:
            raise Refused(f"an array of dtype {str(dtype)[:20]!r}")
        truth, dtype, shape = dtype == "bool", np.dtype(dtype), _shape(shape)
        raw = self._take(math.prod(shape) * dtype.itemsize)
        if truth and raw.nbytes and np.frombuffer(raw, np.uint8).max() > 1:
            raise Refused("truth values that are neither 0 nor 1")
        return np.frombuffer(raw, dtype).reshape(shape).copy()

    def _scalar(self, depth, dtype, shape):
        return self._array(depth, dtype, [] if shape == [] else None)[()]

    def _objects(self, depth, shape):
        shape = _shape(shape)
        return np.full(shape if math.prod(shape) <= self.sizes.things else (0,), None, object)

    def _function(self, depth, place):
        if self.function is None:
            raise Refused("a function where none is expected")
        return self.function(_checked(place, int))

    def _stranger(self, depth, word, module, callable_):
        return stranger(_checked(word, str)[:40], _checked(module, str), _checked(callable_, bool))

    def _take(self, count):
        if not 0 <= count <= len(self.body) - self.at:
            raise Refused(f"an array of {count} bytes where {len(self.body) - self.at} are left"[:120])
        self.at += count
        return self.body[self.at - count:self.at]


KINDS = {name[1:] for name, made in vars(_Reader).items() if callable(made) and name[1:2] != "_" and name[0] == "_"}
KINDS -= {"take"}


def _checked(value, kind):
    if type(value) is not kind:
        raise Refused(f"a {type(value).__name__} where a {kind.__name__} belongs")
    return value


def _shape(shape):
    if type(shape) is not list or len(shape) > MOST_DIMENSIONS or any(
            type(size) is not int or not 0 <= size <= MOST_ENTRIES for size in shape):
        raise Refused("a shape that is none")
    if math.prod(max(1, size) for size in shape) > MOST_ENTRIES:    # also where it is empty: its sums are not
        raise Refused("a shape that is far too large")
    return tuple(shape)


# -- through a pipe ------------------------------------------------------------------------------------
def send(descriptor, frame, deadline=math.inf):
    """Write a whole frame; raises TimeoutError where nobody reads it until `deadline` (of time.monotonic)."""
    left = memoryview(frame)
    while left:
        _wait(select.POLLOUT, descriptor, deadline)
        left = left[os.write(descriptor, left[:select.PIPE_BUF]):]


def receive(descriptor, sizes=TO_US, deadline=math.inf, function=None):
    """The next value. Raises EOFError where the other side is gone, TimeoutError after `deadline`, or Refused."""
    header, body = LENGTHS.unpack(_read(descriptor, LENGTHS.size, deadline))
    if header > sizes.header or body > sizes.body:
        raise Refused(f"a frame of {header} + {body} bytes; at most {sizes.header} + {sizes.body}")
    return unpacked(_read(descriptor, header, deadline), _read(descriptor, body, deadline), sizes, function)


def _read(descriptor, count, deadline):
    whole = bytearray()
    while len(whole) < count:
        _wait(select.POLLIN, descriptor, deadline)
        piece = os.read(descriptor, min(count - len(whole), 1 << 16))
        if not piece:
            raise EOFError("the other side is gone")
        whole += piece
    return whole


def _wait(event, descriptor, deadline):
    if deadline == math.inf:
        return
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
        raise TimeoutError

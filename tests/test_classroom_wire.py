"""What goes through the pipe comes out the same; and whatever `packed` did not write is refused."""

import contextlib
import json
import os
import time

import numpy as np
import pytest

from rnncourse.classroom import wire
from rnncourse.exercises._run import same


def frame(header, body=b""):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return wire.LENGTHS.pack(len(raw), len(body)) + raw + body


def read(raw, **more):
    header, body = wire.LENGTHS.unpack(raw[:wire.LENGTHS.size])
    assert len(raw) == wire.LENGTHS.size + header + body
    return wire.unpacked(raw[wire.LENGTHS.size:wire.LENGTHS.size + header], raw[wire.LENGTHS.size + header:], **more)


@pytest.mark.parametrize("value", [
    None, True, 0, -2 ** 63, 0.1, -0.0, float("inf"), 1e-320, "ä\n\0", b"\x00\xff", [], (), {}, (1, [2, (3.5,)]),
    {"a": [1], "b": {"c": ()}}, {1: "x", None: 2}, np.float32(0.1), np.int64(7), np.bool_(True),
    np.arange(6.0).reshape(2, 3), np.zeros((0, 3), np.float32), np.array(3.0), np.array([True, False]),
    np.array([1 + 2j]), np.arange(24).reshape(2, 3, 4)[:, ::2].T, np.array([np.nan, -0.0, np.inf]),
    np.arange(4, dtype=">f8"), [np.ones(2), {"W": np.eye(3, dtype=np.uint8)}]])
def test_a_value_comes_out_as_it_went_in(value):
    came = read(wire.packed(value))
    assert type(came) is type(value) and same(came, _native(value))
    if isinstance(value, float):
        assert str(came) == str(value)


def _native(value):
    return value.astype(value.dtype.newbyteorder("=")) if isinstance(value, np.ndarray) else value


def test_the_ellipsis_comes_out_as_itself():
    assert read(wire.packed(...)) is ... and read(wire.packed((..., 1)))[0] is ...


def test_a_copy_comes_out_that_can_be_written_into():
    assert read(wire.packed(np.ones(3))).flags.writeable


@pytest.mark.parametrize("value, word", [
    (object(), "object"), (range(3), "range"), ({1, 2}, "set"), (np.array(["a"]), "ndarray"),
    (10 ** 30, "int_of_more_than_64_bits"), (type("9 x", (), {})(), "object")])
def test_of_another_value_only_its_types_name_comes_out(value, word):
    came = read(wire.packed(value))
    assert type(came).__name__ == word and not callable(came)


def test_a_function_comes_out_as_something_that_can_be_called_and_does_nothing():
    came = read(wire.packed(len))
    assert callable(came) and came("x") is None


def test_an_array_of_objects_comes_out_empty_handed():
    came = read(wire.packed(np.array([object(), os], dtype=object)))
    assert came.dtype == object and came.tolist() == [None, None]


def test_functions_go_as_their_place_where_they_are_expected():
    given = []
    raw = wire.packed({"f": len, "x": [1, max]}, given)
    assert given == [len, max]
    assert read(raw, function=lambda place: given[place]) == {"f": len, "x": [1, max]}
    with pytest.raises(wire.Refused, match="function where none"):
        read(raw)


HUGE, DEEP = ["array", "float64", [1 << 23]], [["list", []]]
for _ in range(12):
    DEEP = [["list", DEEP]]


@pytest.mark.parametrize("header, body, why", [
    (b"", b"", "cannot be read"), (b"\xff\xfe", b"", "cannot be read"), (b"[" * 200_000, b"", "cannot be read"),
    (b"1" * 5000, b"", "cannot be read"), (3, b"", "no kind"), ([], b"", "no kind"), ([["none"]], b"", "no kind"),
    (["pickle", "x"], b"", "unknown kind"), (["take", 3], b"", "unknown kind"), (["value"], b"", "unknown kind"),
    (["__init__"], b"", "unknown kind"), (["none", 1], b"", "cannot be read"), (["int", 2 ** 65], b"", "64 bits"),
    (["int", "3"], b"", "belongs"), (["int", True], b"", "belongs"), (["bool", 1], b"", "belongs"),
    (["float", "x"], b"", "cannot be read"), (["float", 1.0], b"", "belongs"), (["list", {}], b"", "belongs"),
    (["dict", [[["str", "a"]]]], b"", "cannot be read"), (["array", "object", [1]], b"x" * 8, "dtype"),
    (["array", "O", [1]], b"x" * 8, "dtype"), (["array", "float64", [-1]], b"", "shape"),
    (["array", "float64", [1.5]], b"", "shape"), (["array", "float64", [True]], b"x" * 8, "shape"),
    (["array", "float64", [0, 1 << 20, 1 << 20]], b"", "far too large"),    # no bytes; a sum over it has 8 TB
    (["array", "float64", [1] * 40], b"x" * 8, "shape"), (["array", "float64", [1 << 40, 0]], b"", "shape"),
    (["array", "float64", [2]], b"x" * 15, "15 are left"), (["array", "float64", [1]], b"x" * 9, "1 bytes more"),
    (HUGE, b"", "0 are left"), (["array", "bool", [2]], b"\x01\x02", "truth values"),
    (["bytes", -1], b"", "are left"), (["bytes", 10 ** 30], b"", "are left"), (DEEP[0], b"", "too deep"),
    (["list", [["none"]] * 30_000], b"", "more than"), (["scalar", "float64", [1]], b"x" * 8, "shape"),
    (["stranger", 3, "", False], b"", "belongs"), (["function", 0], b"", "function")])
def test_what_packed_did_not_write_is_refused(header, body, why):
    with pytest.raises(wire.Refused, match=why):
        read(frame(header, body))


def test_a_frame_with_some_bytes_changed_is_refused_or_a_value():
    rng = np.random.default_rng(0)
    raw = wire.packed(("call", {"x": np.arange(5.0), "y": [1, "a", None, 2.5]}, ..., np.int32(3)))
    kept = wire.LENGTHS.size
    for _ in range(500):
        changed = bytearray(raw)
        for place in rng.integers(kept, len(raw), rng.integers(1, 6)):
            changed[place] = rng.integers(256)
        with contextlib.suppress(wire.Refused):
            read(bytes(changed))


# -- through a pipe ------------------------------------------------------------------------------------
@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def soon(seconds=0.1):
    return time.monotonic() + seconds


def test_two_frames_one_after_the_other(pipe):
    wire.send(pipe[1], wire.packed(1))
    wire.send(pipe[1], wire.packed([2]))
    assert (wire.receive(pipe[0], deadline=soon()), wire.receive(pipe[0], deadline=soon())) == (1, [2])


@pytest.mark.parametrize("lengths", [(1 << 31, 0), (0, 1 << 63), (0, (16 << 20) + 1), ((1 << 20) + 1, 0)])
def test_a_frame_that_says_it_is_too_large_is_refused_before_it_is_read(pipe, lengths):
    os.write(pipe[1], wire.LENGTHS.pack(*lengths))
    with pytest.raises(wire.Refused, match="at most"):
        wire.receive(pipe[0], deadline=soon(5))


def test_a_frame_cut_short_is_waited_for_until_the_deadline(pipe):
    os.write(pipe[1], wire.packed([1, 2, 3])[:-2])
    with pytest.raises(TimeoutError):
        wire.receive(pipe[0], deadline=soon())


def test_a_pipe_that_is_closed_is_told(pipe):
    os.write(pipe[1], wire.packed([1, 2, 3])[:-2])
    os.close(pipe[1])
    with pytest.raises(EOFError):
        wire.receive(pipe[0], deadline=soon())


def test_nobody_waits_for_ever_on_a_reader_that_does_not_read(pipe):
    with pytest.raises(TimeoutError):
        wire.send(pipe[1], wire.packed(bytes(1 << 20)), soon())

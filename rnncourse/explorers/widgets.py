"""Slider, Choice, Toggle, Entry, Button, Picture, Page: small widgets with names and words for screen readers."""

import math
import numbers
from pathlib import Path

import anywidget
import ipywidgets
from traitlets import Bool, Bytes, Float, Int, List, TraitError, Unicode, observe, validate

from rnncourse.plots.palette import LOOK


class _Native(anywidget.AnyWidget):
    """A native HTML element with a name (`description`), in a signal's colour where one is given."""

    _esm = Path(__file__).with_name("widgets.js")
    _css = Path(__file__).with_name("widgets.css")
    _kind = Unicode().tag(sync=True)
    description = Unicode().tag(sync=True)
    colour = Unicode().tag(sync=True)
    disabled = Bool(False).tag(sync=True)

    def __init__(self, signal=None, **traits):
        if signal is not None:
            traits["colour"] = colour_of(signal)
        super().__init__(**traits)


class Slider(_Native, ipywidgets.ValueWidget):
    """A number between `min` and `max` in steps of `step`, with its name and unit.

    Slider(value=0.5, min=-2, max=2, step=0.05, description="w_hh", unit="mm", signal="h"): `signal` is a name
    of plots.palette.LOOK and gives its colour. Works with observe, link, interact and interactive_output.
    Values outside, NaN and infinity raise a TraitError.
    """

    _kind = Unicode("slider").tag(sync=True)
    value = Float(0.0).tag(sync=True)
    min = Float(0.0).tag(sync=True)
    max = Float(1.0).tag(sync=True)
    step = Float(0.01).tag(sync=True)
    unit = Unicode().tag(sync=True)

    @validate("value")
    def _check_value(self, proposal):
        return inside(self.description or "value", proposal["value"], self.min, self.max)

    @validate("min", "max", "step")
    def _check_range(self, proposal):
        return finite(f"{proposal['trait'].name} of {self.description or 'a slider'}", proposal["value"])

    @observe("min", "max")
    def _keep_inside(self, _):
        if self.min < self.max:
            self.value = min(max(self.value, self.min), self.max)

    def __init__(self, value=None, min=0.0, max=1.0, step=0.01, description="", **traits):
        if not min < max or not step > 0:
            raise ValueError(f"{description or 'a slider'} goes from {min:g} to {max:g} in steps of {step:g}; "
                             "expected min < max and step > 0")
        start = inside(description or "value", min if value is None else value, min, max)
        super().__init__(value=start, min=min, max=max, step=step, description=description, **traits)

    def __repr__(self):
        return f"Slider({self.description!r}, {self.value:g}, from {self.min:g} to {self.max:g})"


class Choice(_Native, ipywidgets.ValueWidget):
    """One of several words: Choice(options=["tanh", "relu"], value="relu", description="activation")."""

    _kind = Unicode("choice").tag(sync=True)
    options = List(Unicode()).tag(sync=True)
    value = Unicode().tag(sync=True)

    @validate("value")
    def _check_value(self, proposal):
        return one_of(self.description or "value", proposal["value"], self.options)

    def __init__(self, options, value=None, **traits):
        options = list(options)
        super().__init__(options=options, value=options[0] if value is None else value, **traits)

    def __repr__(self):
        return f"Choice({self.description!r}, {self.value!r}, of {', '.join(self.options)})"


class Toggle(_Native, ipywidgets.ValueWidget):
    """Yes or no, as a box to tick: Toggle(value=True, description="show the gates")."""

    _kind = Unicode("toggle").tag(sync=True)
    value = Bool(False).tag(sync=True)

    def __repr__(self):
        return f"Toggle({self.description!r}, {self.value})"


class Entry(_Native, ipywidgets.ValueWidget):
    """A text, sent at each key: Entry("def ", longest=60, description="prompt"). A newline becomes ⏎ in `value`.

    `lines` above 1 makes a box of so many lines, where it is shown and typed as a newline.
    """

    _kind = Unicode("entry").tag(sync=True)
    longest = Int(60).tag(sync=True)
    lines = Int(1).tag(sync=True)
    value = Unicode().tag(sync=True)

    @validate("value")
    def _check_value(self, proposal):
        return one_line(self.description or "value", proposal["value"], self.longest)

    def __init__(self, value="", longest=60, description="", **traits):
        start = one_line(description or "value", value, longest)
        super().__init__(longest=longest, value=start, description=description, **traits)

    def __repr__(self):
        return f"Entry({self.description!r}, {self.value!r})"


class Button(_Native):
    """A button; `clicks` counts, so `button.observe(f, "clicks")` hears each press."""

    _kind = Unicode("button").tag(sync=True)
    clicks = Int(0).tag(sync=True)

    def __repr__(self):
        return f"Button({self.description!r})"


class Heading(_Native):
    """The name over a group of controls, underlined in a signal's colour where one is given."""

    _kind = Unicode("heading").tag(sync=True)

    def __repr__(self):
        return f"Heading({self.description!r})"


class Picture(_Native):
    """A picture with its text alternative: `png` (bytes) and `alt`, which also stands under it and is read out.

    `width` is in CSS pixels; a narrower page makes it smaller. `problem`, where not empty, is shown as a warning, and
    the picture pales. The screen reports its `pixel_ratio` (1 to 2) once the picture is on it.
    """

    _kind = Unicode("picture").tag(sync=True)
    png = Bytes(b"").tag(sync=True)
    alt = Unicode().tag(sync=True)
    problem = Unicode().tag(sync=True)
    width = Int(0).tag(sync=True)
    pixel_ratio = Float(1.0).tag(sync=True)

    def __repr__(self):
        return f"Picture({self.alt!r})"


class Page(_Native):
    """A text that grows: `given` is what it began with, `text` what came after, `busy` while more is coming.

    A screen reader hears it once it is no longer busy. `problem`, where not empty, stands under it as a warning.
    """

    _kind = Unicode("page").tag(sync=True)
    given = Unicode().tag(sync=True)
    text = Unicode().tag(sync=True)
    busy = Bool(False).tag(sync=True)
    problem = Unicode().tag(sync=True)

    def __repr__(self):
        return f"Page({self.description!r}, {len(self.given)} + {len(self.text)} characters)"


def colour_of(signal):
    """The colour "#rrggbb" of a signal of the course: x h c i f g o r z n."""
    if signal not in LOOK:
        raise ValueError(f"no colour for signal {signal!r}; plots.palette.LOOK has {', '.join(LOOK)}")
    return LOOK[signal].colour


def finite(name, value):
    """`value` as a float; a TraitError where it is no finite number."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not math.isfinite(value):
        raise TraitError(f"{name} is {value!r}; expected a finite number")
    return float(value)


def inside(name, value, low, high):
    """`value` as a float between `low` and `high`, both included; a TraitError elsewhere."""
    value = finite(name, value)
    if not low <= value <= high:
        raise TraitError(f"{name} is {value:g}; expected {low:g} to {high:g}, the ends of its slider")
    return value


def one_of(name, value, options):
    """`value`, where it is among `options`; a TraitError elsewhere."""
    if value not in options:
        raise TraitError(f"{name} is {value!r}; expected one of {', '.join(map(repr, options))}")
    return value


def one_line(name, value, longest):
    """`value`, its newlines written ⏎; a TraitError where it is no text or longer than `longest`."""
    if not isinstance(value, str):
        raise TraitError(f"{name} is {value!r}; expected a text")
    value = value.replace("\r\n", "\n").replace("\n", "⏎")
    if len(value) > longest:
        raise TraitError(f"{name} has {len(value)} characters; expected at most {longest}")
    return value

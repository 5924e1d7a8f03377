"""Explorer: controls around a plain function that the reader has called, a kept picture, and the picture in words.

An explorer is four things, and nothing else:

    import numpy as np
    from rnncourse.explorers.base import Explorer, slider

    def fade(w, steps=20):                                  # 1. computes: a plain function, usable alone
        return w ** np.arange(steps)

    class FadeScene:                                        # 2. draws (lives in rnncourse/plots/)
        def __init__(self, figure):                         #    static parts, once
            ax = figure.subplots()
            ax.set(xlim=(0, 19), ylim=(0, 1), xlabel="step t", ylabel="what is left")
            self.line, = ax.plot([], [])
            self.moving = [self.line]
        def update(self, h):                                #    what moves
            self.line.set_data(np.arange(len(h)), h)

    class Fade(Explorer):
        w = slider(0.9, low=0, high=1, step=0.01, label="weight w_hh", unit="per step", signal="h")   # 3. controls
        compute = staticmethod(fade)                        #    called as fade(w=0.9)
        scene = FadeScene
        def describe(self, h):                              # 4. says it in words
            return f"With a weight of {self.w:.2f}, {h[-1]:.3f} is left after {len(h) - 1} steps."

`Fade()` shows it. `explorer.w = 0.5` moves slider and picture; `explorer.w = 7` raises. The names of the controls are
traits, so `observe` and `link` work; `explorer.numbers` is what compute returned last. Where it needs data (tokens,
a trained model), write `compute(self, **state)` or `scene(self, figure)` as methods. Where something may be typed
that cannot be shown, `objection(**state)` says so, and the last good picture stays. Where text is to be written a few
characters at a time, `continuation()` gives it piece by piece: it gets a button, and the controls stay live meanwhile.
"""

from contextlib import contextmanager

import ipywidgets
import traitlets

from rnncourse.explorers import widgets
from rnncourse.explorers.controls import Control, choice, entry, slider, toggle
from rnncourse.explorers.writing import Writing
from rnncourse.plots.kept import DOTS_PER_INCH, KeptCanvas

__all__ = ["Explorer", "choice", "entry", "slider", "toggle"]


class Explorer(ipywidgets.VBox):
    """The base. A subclass gives controls, `compute`, `scene`, `describe`; `size` is the picture's, in inches.

    compute   a function to use in place of the class's own: a reader's version of it
    controls  name -> slider(...), choice(...), toggle(...), for controls that depend on data
    state     starting values other than the controls' own: Fade(w=0.5)
    """

    compute = scene = continuation = writing = None
    size = (9, 3.6)
    narrowest = 200    # CSS pixels; so many controls stand side by side as fit

    def __init__(self, compute=None, controls=None, **state):
        if controls:
            self.add_traits(**controls)
        if compute is not None:
            self.compute = compute
        self.numbers = self.error = None
        self.controls, self._holding, self._moved = {}, 1, False
        super().__init__()
        self._declared = _declared_in(type(self))
        self.start = {name: trait.default_value for name, trait in self._declared.items()} | self._known(state)
        self._build()
        self.reset()
        if said := self.objection(**self.state):
            raise ValueError(said)
        self._canvas = KeptCanvas(self.scene, self.size)
        self._draw(self.compute(**self.state))    # an error at the very start is the reader's to see in full
        self._holding, self._moved = 0, False

    # -- state ---------------------------------------------------------------------------------
    @property
    def state(self):
        """Control name -> value."""
        return {name: getattr(self, name) for name in self._declared}

    @contextmanager
    def hold(self):
        """Change several controls and draw once: `with explorer.hold(): explorer.w = 1; explorer.b = 0`."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if self._moved and not self._holding:
                self._redraw()

    def reset(self):
        """Put every control back to `start`, where it was when the explorer was made; what is being written ends."""
        with self.hold():
            for name, value in self.start.items():
                setattr(self, name, value)
            if self.writing:
                self.writing.clear()

    def close(self):
        """Take it from the page; what is being written ends."""
        if self.writing:
            self.writing.close()
        super().close()

    def still(self):
        """A new matplotlib Figure of the present state, for print and for pages without a kernel."""
        return self._canvas.still(self.numbers)

    def describe(self, numbers):
        """What the picture shows, in words."""
        raise NotImplementedError(f"{type(self).__name__} needs describe(numbers): the picture in one or two sentences")

    def objection(self, **state):
        """Why this state cannot be shown, for the reader who typed it; "" where it can."""
        return ""

    @property
    def words(self):
        """The picture in words: its text alternative, and the line under it."""
        return self.picture.alt

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.state.items())})"

    # -- from a value to a picture -------------------------------------------------------------
    def _on_move(self, _):
        self._moved = True
        if not self._holding:
            self._redraw()

    def _redraw(self):
        self._moved = False
        try:
            said = self.objection(**self.state)
            if self.writing:
                self.writing.button.disabled = bool(said)
            if said:
                self.error, self.picture.problem = None, said    # the last good picture stays, paler
            else:
                self._draw(self.compute(**self.state))
        except Exception as error:    # an exception in a widget's handler would vanish: say it where the reader looks
            self.error = error
            self.picture.problem = f"No picture for {self!r}: {type(error).__name__}: {error}"

    def _draw(self, numbers):
        self.numbers, self.error = numbers, None
        words = self.describe(numbers)
        self._canvas.show(numbers)
        with self.picture.hold_sync():    # one message, so that picture and words change together
            self.picture.png, self.picture.alt, self.picture.problem = self._canvas.png(), words, ""

    def _on_screen(self, change):
        self._canvas.pixel_ratio = change["new"]
        self._redraw()

    # -- building ------------------------------------------------------------------------------
    def _known(self, state):
        for name in state:
            if name not in self._declared:
                raise TypeError(f"{type(self).__name__} has no control {name!r}; it has {', '.join(self._declared)}")
        return state

    def _build(self):
        for name, trait in self._declared.items():
            self.controls[name] = widget = trait.widget(trait.default_value)
            traitlets.link((self, name), (widget, "value"))
            self.observe(self._on_move, name)
        self.picture = widgets.Picture(width=round(self.size[0] * DOTS_PER_INCH))
        self.picture.observe(self._on_screen, "pixel_ratio")
        self.reset_button = widgets.Button(description="Reset")
        self.reset_button.observe(lambda _: self.reset(), "clicks")
        self.writing = Writing(self.continuation, width=self.picture.width) if self.continuation else None
        self.children = [self._grid(), self.picture, *([self.writing] if self.writing else [])]
        self.add_class("rnnc-explorer")

    def _grid(self):
        groups = {}
        for name, trait in self._declared.items():
            groups.setdefault(trait.group, []).append(self.controls[name])
        boxes = [box for group, inside in groups.items() for box in ([_card(group, inside)] if group else inside)]
        columns = f"repeat(auto-fit, minmax(min({self.narrowest}px, 100%), 1fr))"
        grid = ipywidgets.GridBox([*boxes, self.reset_button], layout={
            "grid_template_columns": columns, "max_width": f"{self.picture.width}px", "width": "100%"})
        return grid.add_class("rnnc-controls")


def _declared_in(explorer):
    """Control name -> its trait, in the order written, base classes first."""
    return {name: trait for cls in reversed(explorer.__mro__) for name, trait in vars(cls).items()
            if isinstance(trait, Control)}


def _card(group, inside):
    text, signal = group if isinstance(group, tuple) else (group, None)
    return ipywidgets.VBox([widgets.Heading(description=text, signal=signal), *inside]).add_class("rnnc-group")

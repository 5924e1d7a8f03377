"""How an Explorer declares its controls: slider, choice, toggle, entry. Each is a trait that makes its own widget."""

import traitlets

from rnncourse.explorers import widgets


class Control:
    """A trait of an Explorer that has a widget. `group` puts controls under one heading: "text" or ("text", signal)."""

    def validate(self, explorer, value):
        """`value`, where the control can be set to it."""
        widget = explorer.controls.get(self.name)
        return value if widget is None else self.allowed(widget, value)


class slider(Control, traitlets.Float):
    """A number: slider(0.9, low=0, high=1, step=0.01, label="w_hh", unit="", signal="h", group=None)."""

    def __init__(self, start, low, high, step, label, unit="", signal=None, group=None):
        self.group = group
        self._makes = {"min": float(low), "max": float(high), "step": float(step), "description": label, "unit": unit,
                       "signal": signal}
        super().__init__(float(start))

    def widget(self, value):
        """A Slider at `value`."""
        return widgets.Slider(value, **self._makes)

    def allowed(self, widget, value):
        """A float within the ends that the slider has now."""
        return widgets.inside(self.name, value, widget.min, widget.max)


class choice(Control, traitlets.Unicode):
    """One of several words: choice("tanh", ["tanh", "relu"], label="activation", group=None)."""

    def __init__(self, start, options, label, group=None):
        self.group, self._options, self._label = group, list(options), label
        super().__init__(start)

    def widget(self, value):
        """A Choice at `value`."""
        return widgets.Choice(self._options, value, description=self._label)

    def allowed(self, widget, value):
        """One of the words that the choice has now."""
        return widgets.one_of(self.name, value, widget.options)


class toggle(Control, traitlets.Bool):
    """Yes or no: toggle(False, label="show the gates", signal=None, group=None)."""

    def __init__(self, start, label, signal=None, group=None):
        self.group, self._label, self._signal = group, label, signal
        super().__init__(start)

    def widget(self, value):
        """A Toggle at `value`."""
        return widgets.Toggle(signal=self._signal, value=value, description=self._label)

    def allowed(self, widget, value):
        """True or False."""
        if not isinstance(value, bool):
            raise traitlets.TraitError(f"{self.name} is {value!r}; expected True or False")
        return value


class entry(Control, traitlets.Unicode):
    """A text to type: entry("def ", label="prompt", longest=60, lines=1, group=None). A newline in it is written ⏎.

    With `lines` above 1 it is typed into a box of so many lines, where Enter makes a newline. What is typed may be
    anything; where only some texts will do, `Explorer.objection` says so.
    """

    def __init__(self, start, label, longest=60, lines=1, group=None):
        self.group, self._longest, self._lines, self._label = group, longest, lines, label
        super().__init__(start)

    def widget(self, value):
        """An Entry that holds `value`."""
        return widgets.Entry(value, longest=self._longest, lines=self._lines, description=self._label)

    def allowed(self, widget, value):
        """A text of one line, no longer than the widget takes."""
        return widgets.one_line(self.name, value, widget.longest)

"""A progress bar for the loop: tqdm in a terminal, in a notebook a native one that leaves nothing behind."""

import html
import io
import sys

from tqdm.std import tqdm


def bar(epochs, seed=0, shown=True):
    """A `Bar` for so many epochs: in a notebook, in a terminal, or silent (`shown` False, or output into a file)."""
    if not shown:
        return Bar(_Quiet(disable=True), epochs, seed)
    kind = _InNotebook if _in_notebook() else _InTerminal
    return Bar(kind(), epochs, seed)


class Bar:
    """Counts batches; how many an epoch has is known from `length`, or once the first epoch has ended."""

    def __init__(self, line, epochs, seed):
        self.line, self.epochs, self.seed, self.done, self.length = line, epochs, seed, 0, None

    def start(self, epoch, length=None):
        """An epoch (counted from 0) begins; length is the number of its batches, where known."""
        self.done = 0
        self._know(length if length is not None else self.length)
        self.line.set_description_str(f"seed {self.seed}, epoch {epoch + 1} of {self.epochs}", refresh=False)

    def batch(self):
        """One batch is done."""
        self.done += 1
        self.line.update()

    def end(self, said):
        """An epoch has ended; said is {name: number} to show beside the bar."""
        self._know(self.done)
        self.line.set_postfix_str(", ".join(f"{name} {value:.4g}" for name, value in said.items()))

    def _know(self, length):
        self.length = length
        self.line.total = None if length is None else length * self.epochs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.close()


class _Quiet(tqdm):
    """tqdm without its watching thread; it stays silent."""

    monitor_interval = 0


class _InTerminal(_Quiet):
    """One line on a terminal's stderr; silent where stderr goes into a file."""

    def __init__(self):
        super().__init__(disable=None, file=sys.stderr, unit=" batches", dynamic_ncols=True)


class _InNotebook(_Quiet):
    """A native <progress> in the cell's output, renewed ten times a second, and empty when done.

    It is empty at its first display too, so that a stored output is the same whoever wrote it.
    """

    def __init__(self):
        from IPython.display import display

        self.handle = display(_NOTHING, raw=True, display_id=True)
        super().__init__(file=io.StringIO(), unit=" batches", ncols=0)

    def display(self, msg=None, pos=None, **_):
        """Put the bar as it stands on the page."""
        if msg == "":
            return
        said = str(self) if msg is None else msg
        value = f' value="{self.n}" max="{self.total}"' if self.total else ""
        page = (f'<div style="color:var(--jp-ui-font-color1,#333);font-size:0.9em"><progress aria-label="training"'
                f'{value} style="width:16em"></progress> {html.escape(said)}</div>')
        self.handle.update({"text/html": page, "text/plain": said}, raw=True)

    def close(self):
        """Take the bar off the page."""
        if not self.disable:
            super().close()
            self.handle.update(_NOTHING, raw=True)


_NOTHING = {"text/html": "", "text/plain": ""}


def _in_notebook():
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and hasattr(shell, "kernel")

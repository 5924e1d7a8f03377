"""Text that is written a few characters at a time, while everything else on the page stays live."""

import asyncio
from threading import RLock

import ipywidgets

from rnncourse.explorers import widgets

LONGEST = 600              # characters; then it ends by itself
PAUSE, AT_ONCE = 0.05, 2   # seconds between two ticks, characters in each: about 40 a second
GO, HALT = "Write on", "Stop"


class Writing(ipywidgets.VBox):
    """A page and its button "Write on" / "Stop".

    begin    function () -> an iterator over pieces of text, mostly single characters; called when writing begins and
             after each `clear`. It may look at sliders at each piece: what they say then is what it writes
    width    CSS pixels that the page is at most wide
    longest  characters until the page is full, ends by itself, and says so; pressed again, it takes a new page

    The button starts a task in the event loop of the kernel, which sleeps between two ticks, so that sliders are heard.
    It ends with Stop, `clear`, `close`, or a full page. Without an event loop (plain Python), the button writes the
    page in one go; `write(count)` writes at once everywhere.
    """

    def __init__(self, begin, longest=LONGEST, label="What it writes", width=None):
        self._begin, self._longest = begin, longest
        self._lock = RLock()    # Lab sends button presses to a thread of their own; a cell may stop what they started
        self._pieces = self._run = self._task = None
        self.page = widgets.Page(description=label)
        self.button = widgets.Button(description=GO)
        self.button.observe(lambda _: self.stop() if self.running else self.start(), "clicks")
        super().__init__([self.button, self.page], layout={"max_width": f"{width}px"} if width else {})
        self.add_class("rnnc-writing")

    @property
    def text(self):
        """What has been written since the last `clear`."""
        return self.page.text

    @property
    def running(self):
        """True while more is coming by itself."""
        return self._run is not None

    def start(self):
        """Begin, or go on, until `stop` or a full page."""
        with self._lock:
            self.stop()
            if self._full():
                self.clear()
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:    # plain Python
                self._tick(self._longest - len(self.text))
                return
            self._run = run = object()
            self._task = loop.create_task(self._keep_writing(run))
            self._show_running()

    def stop(self):
        """End what is being written; the page stays."""
        with self._lock:
            self._run = self._task = None    # the task sees that it is no longer wanted, and ends
            self._show_running()

    def clear(self, given=None):
        """Stop, and take a new page; `given`, where not None, is what it begins with."""
        with self._lock:
            self.stop()
            self._pieces = None
            with self.page.hold_sync():
                self.page.text = self.page.problem = ""
                if given is not None:
                    self.page.given = given

    def write(self, count):
        """Write so many pieces at once and return them as one text."""
        with self._lock:
            if self._pieces is None:
                self._pieces = iter(self._begin())
            new = "".join(piece for _, piece in zip(range(count), self._pieces, strict=False))
            self.page.text += new
        return new

    def close(self):
        """Stop, and leave the page."""
        self.stop()
        super().close()

    async def _keep_writing(self, run):
        while True:
            with self._lock:
                if self._run is not run:
                    return
                if not self._tick(AT_ONCE) or self._full():
                    self.stop()
                    return
            await asyncio.sleep(PAUSE)

    def _full(self):
        return len(self.text) >= self._longest

    def _tick(self, count):
        """Write so many; False where there is no more, or none could be made."""
        try:
            more = len(self.write(count)) > 0
            if self._full():
                self.page.problem = f"The page is full, at {self._longest} characters: “{GO}” takes a new one."
            return more
        except Exception as error:    # an exception in a task would end up in the kernel's log: say it on the page
            self.page.problem = f"No more text: {type(error).__name__}: {error}"
            return False

    def _show_running(self):
        self.button.description = HALT if self.running else GO
        self.page.busy = self.running

    def __repr__(self):
        return f"Writing({self.page.description!r})"

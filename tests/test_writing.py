"""Text written piece by piece: in an event loop while other things happen, at once without one, and it always ends."""

import asyncio
import logging
from itertools import count

import numpy as np
import pytest

from rnncourse.cells.networks import Network
from rnncourse.explorers import writing
from rnncourse.explorers.base import Explorer, slider
from rnncourse.explorers.next_character import NextCharacter
from rnncourse.explorers.writing import Writing
from rnncourse.losses import softmax
from rnncourse.sampling import next_probabilities


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(writing, "PAUSE", 0.001)


def digits():
    return (str(n % 10) for n in count())


def in_a_loop(scenario, **debug):
    """Run the coroutine; afterwards nothing may be left running."""
    async def whole():
        try:
            return await scenario
        finally:
            await asyncio.sleep(0.01)
            left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            assert left == [], "a task is left"
    return asyncio.run(whole(), **debug)


async def until(holds):
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come to that")


def test_the_button_writes_until_it_is_pressed_again():
    async def scenario():
        page = Writing(digits)
        page.button.clicks += 1
        assert page.running and page.button.description == "Stop" and page.page.busy
        await until(lambda: len(page.text) > 6)
        page.button.clicks += 1
        stopped = page.text
        assert not page.running and page.button.description == "Write on" and not page.page.busy
        await asyncio.sleep(0.02)
        assert page.text == stopped
        page.button.clicks += 1
        await until(lambda: len(page.text) > len(stopped) + 6)
        page.stop()
        assert page.text == "".join(str(n % 10) for n in range(len(page.text)))    # it went on where it stood
    in_a_loop(scenario())


def test_it_ends_by_itself_when_the_page_is_full_and_then_takes_a_new_one():
    async def scenario():
        page = Writing(digits, longest=21)
        page.start()
        await until(lambda: not page.running)
        assert 21 <= len(page.text) <= 22 and page.button.description == "Write on"
        assert page.page.problem == "The page is full, at 21 characters: “Write on” takes a new one."
        page.start()
        assert page.text == page.page.problem == ""
        await until(lambda: not page.running)
        assert page.text.startswith("0123")
    in_a_loop(scenario())


def test_it_ends_where_there_is_no_more():
    async def scenario():
        page = Writing(lambda: iter("abc"))
        page.start()
        await until(lambda: not page.running)
        assert page.text == "abc" and page.page.problem == ""
    in_a_loop(scenario())


def test_clear_and_close_end_it():
    async def scenario():
        for end in ("clear", "close"):
            page = Writing(digits)
            page.start()
            await until(lambda page=page: len(page.text) > 3)
            getattr(page, end)()
            await asyncio.sleep(0.02)
            assert not page.running and (page.text == "" or end == "close")
    in_a_loop(scenario())


def test_an_error_is_said_on_the_page_and_nowhere_else(caplog, capsys):
    def touchy():
        yield "a"
        raise ValueError("no more ink")

    async def scenario():
        page = Writing(touchy)
        page.start()
        await until(lambda: not page.running)
        assert page.page.problem == "No more text: ValueError: no more ink"
        page.clear()
        assert page.page.problem == ""
    with caplog.at_level(logging.DEBUG):
        in_a_loop(scenario(), debug=True)
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == [] and capsys.readouterr() == ("", "")


def test_without_an_event_loop_it_writes_at_once():
    page = Writing(digits, longest=30)
    page.button.clicks += 1
    assert page.text == "0123456789" * 3 and not page.running
    page.clear(given="begin ")
    assert (page.write(4), page.write(3), page.text, page.page.given) == ("0123", "456", "0123456", "begin ")
    with pytest.raises(ZeroDivisionError):
        Writing(lambda: (1 / n for n in range(3))).write(2)


class Moved(Explorer):
    """Writes where its slider stands."""

    n = slider(1, low=0, high=9, step=1, label="n", unit="of 9")
    size = (2, 1)

    def compute(self, n):
        return n

    def scene(self, figure):
        class Scene:
            moving = [figure.text(0.5, 0.5, "")]

            def update(self, n):
                self.moving[0].set_text(f"{n:.0f}")
        return Scene()

    def describe(self, n):
        return f"It is {n:.0f}."

    def continuation(self):
        while True:
            yield f"{self.n:.0f}"


def test_a_slider_moved_meanwhile_changes_what_comes_next_and_reset_and_close_end_it():
    async def scenario():
        explorer = Moved()
        explorer.writing.start()
        await until(lambda: "1" in explorer.writing.text)
        explorer.n = 5
        await until(lambda: "5" in explorer.writing.text)
        assert explorer.words == "It is 5." and "51" not in explorer.writing.text
        explorer.reset_button.clicks += 1
        assert not explorer.writing.running and explorer.writing.text == "" and explorer.n == 1
        explorer.writing.start()
        await until(lambda: explorer.writing.text)
        explorer.close()
        assert not explorer.writing.running
    in_a_loop(scenario())


# -- the text model --------------------------------------------------------------------------------
LETTERS = "\n abc"


@pytest.fixture
def model():
    rng, H, K = np.random.default_rng(0), 6, len(LETTERS)
    tensors = {"embedding.weight": rng.normal(size=(K, 3)), "readout.weight": 3 * rng.normal(size=(K, H)),
               "readout.bias": rng.normal(size=K)}
    for layer, D in enumerate((3, H)):
        tensors |= {f"recurrent.weight_ih_l{layer}": rng.normal(size=(4 * H, D)),
                    f"recurrent.weight_hh_l{layer}": rng.normal(size=(4 * H, H)),
                    f"recurrent.bias_ih_l{layer}": rng.normal(size=4 * H),
                    f"recurrent.bias_hh_l{layer}": rng.normal(size=4 * H)}
    return Network.from_tensors(tensors)


def test_what_it_shows_is_the_models_own_and_what_sampling_makes_of_it(model):
    numbers = np.array([2, 4, 0, 1])
    scores = model.predict(model.run(numbers[:, None])[0][:, 0])
    explorer = NextCharacter(model, LETTERS, prompt="ac⏎ ", temperature=0.5, top_k=2)
    found = explorer.numbers
    np.testing.assert_allclose(found.own, softmax(scores[-1]))
    np.testing.assert_allclose(found.now, next_probabilities(scores[-1], 0.5, 2))
    assert np.isnan(found.surprise[0]) and found.prompt == ("a", "c", "\n", " ")
    assert found.surprise[2] == pytest.approx(-np.log2(softmax(scores[1])[0]))
    assert explorer.prompt == "ac⏎ " and NextCharacter(model, LETTERS, prompt="ac\n ").prompt == "ac⏎ "


def test_it_writes_the_same_again_after_a_reset_and_carries_its_state(model):
    explorer = NextCharacter(model, LETTERS, prompt="ab")
    first = explorer.write(50)
    assert set(first) <= set(LETTERS) and len(first) == 50 and len(set(first)) > 2
    explorer.reset()
    assert explorer.write(20) + explorer.write(30) == first
    assert NextCharacter(model, LETTERS, prompt="ab").write(50) == first
    assert NextCharacter(model, LETTERS, prompt="ab", seed=1).write(50) != first


def test_at_temperature_near_zero_and_with_one_kept_it_writes_the_likeliest(model):
    explorer = NextCharacter(model, LETTERS, prompt="ab", top_k=1)
    text = explorer.write(12)
    numbers = [LETTERS.index(letter) for letter in "ab"]
    for letter in text:
        scores = model.predict(model.run(np.array(numbers)[:, None])[0][-1, 0])
        assert LETTERS[scores.argmax()] == letter
        numbers.append(LETTERS.index(letter))


def test_another_prompt_takes_a_new_page_and_a_bad_one_stops_the_button(model):
    explorer = NextCharacter(model, LETTERS, prompt="ab")
    explorer.write(5)
    explorer.controls["prompt"].value = "ba⏎"
    assert explorer.writing.text == "" and explorer.writing.page.given == "ba\n"
    explorer.controls["prompt"].value = "bä"
    assert explorer.writing.button.disabled and "“ä” (at place 2)" in explorer.picture.problem
    assert "Take it out, or write it otherwise" in explorer.picture.problem
    explorer.controls["prompt"].value = "b\tä\x07"
    assert "a tab (at place 2), “ä” (at place 3), U+0007 (at place 4)" in explorer.picture.problem
    assert "Take them out, or write them otherwise" in explorer.picture.problem
    explorer.controls["prompt"].value = "b"
    assert not explorer.writing.button.disabled and explorer.picture.problem == ""


def test_a_model_of_another_vocabulary_is_refused(model):
    with pytest.raises(ValueError, match="tells 5 symbols apart and the vocabulary has 97"):
        NextCharacter(model)
    with pytest.raises(ValueError, match="does not know “ü”"):
        NextCharacter(model, LETTERS, prompt="ü")
    with pytest.raises(ValueError, match="prompt is empty"):
        NextCharacter(model, LETTERS, prompt="")

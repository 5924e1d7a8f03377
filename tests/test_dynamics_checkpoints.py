"""The shipped flip-flops still have their fixed points, the shipped GRUs their automata; the scripts learn."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from checkpoint_scripts import FOLDER, load

from benchmarks import dynamics as race
from rnncourse import training
from rnncourse.datasets import checkpoints, formal, memory
from rnncourse.explain import automata, autonomous
from rnncourse.explain.automata import Automaton, equivalent, minimise
from rnncourse.explain.autonomous import Autonomous
from rnncourse.explain.model import Explained

SIZES = {1: 2, 2: 3, 3: 5, 4: 4, 5: 4, 6: 3, 7: 5}
FLIP_FLOPS = [f"{cell} {seed}" for cell in ("rnn", "lstm", "gru") for seed in range(4)]


@pytest.fixture(scope="module")
def flips():
    return load("make_flip_flop"), training.shipped("flip_flop"), training.shipped_metadata("flip_flop")


@pytest.fixture(scope="module")
def languages():
    return load("make_tomita"), training.shipped("tomita"), training.shipped_metadata("tomita")


# -- the flip-flops ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", FLIP_FLOPS)
def test_a_flip_flop_reaches_what_is_recorded(flips, name):
    script, made, told = flips
    recorded = told["scores"][name]
    scores = script.scores(made[name])
    assert scores == pytest.approx({key: recorded[key] for key in scores}, rel=1e-6)
    assert scores["right"] > 0.999 and scores["squared error"] < 0.01
    counted, found = script.fixed_points(made[name], starts=256)
    assert counted == {key: recorded[key] for key in counted}
    assert counted["stable codes"] == 8 and counted["by unstable modes"]["0"] == 8
    assert found.q.max() < 1e-20 and not found.incomplete
    assert set(found.kinds) <= {"stable", "saddle"}


def test_how_many_have_all_27(flips):
    """ORACLES: 11 of 12 networks had 27 = 8/12/6/1, the twelfth 25."""
    counts = [entry["by unstable modes"] for entry in flips[2]["scores"].values()]
    assert len(counts) == 12
    assert sum(each == {"0": 8, "1": 12, "2": 6, "3": 1} for each in counts) >= 11


def test_the_points_are_those_where_real_runs_rest(flips):
    """A run whose input falls silent settles at the stable point with its three bits."""
    script, made, _ = flips
    for name in ("rnn 0", "lstm 1", "gru 2"):
        net = Explained.of(made[name])
        task = memory.flip_flop(np.random.default_rng(3), batch=40)
        trace, still = net.trace(task.x), Autonomous.of(net)
        last = np.concatenate([trace.h[-1], trace.c[-1]], axis=1) if net.cell == "lstm" else trace.h[-1]
        rest = still.run(last, 400)[-1]
        stable = script.fixed_points(made[name], starts=128)[1].stable
        nearest = np.linalg.norm(rest[:, None] - stable, axis=2).min(1)
        assert nearest.max() < 1e-3
        assert (np.sign(net.predict(rest[:, :16])) == task.target[-1]).all()


def test_a_changed_weight_would_be_noticed(flips):
    script, _, told = flips
    model = training.shipped("flip_flop")["gru 0"]
    with torch.no_grad():
        model.recurrent.weight_hh_l0[32:] *= 0.3          # less steep: what was remembered is forgotten
    assert script.fixed_points(model, starts=128)[0] != {
        key: told["scores"]["gru 0"][key] for key in ("fixed points", "by unstable modes", "index", "stable codes")}


# -- Tomita's languages -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", formal.NUMBERS)
def test_a_language_is_known_and_comes_out_at_its_smallest(languages, number):
    script, made, told = languages
    language, recorded = formal.tomita(number), told["scores"][str(number)]
    network, truth = script.recogniser(made[str(number)]), Automaton.of(language)
    scores = script.scores(network, language)
    assert scores == {key: recorded[key] for key in scores}
    assert scores["right up to 12 letters"] == 1
    found, clusters, asked = script.extracted(network, language)
    assert found["states"] == found["states by questions"] == recorded["states"] == SIZES[number]
    assert clusters.automaton == minimise(truth) and equivalent(asked.automaton, truth) is None
    assert clusters.accuracy == 1 and clusters.agreement == 1


def test_long_words_tell_what_short_ones_do_not(languages):
    """The automata are those of the languages; of the networks, some slip on words far longer than they learnt from."""
    script, made, told = languages
    proved_wrong = []
    for number in formal.NUMBERS:
        language, network = formal.tomita(number), script.recogniser(made[str(number)])
        long = formal.long_words(language, np.random.default_rng(5), 400)
        trial = automata.falsify(Automaton.of(language), network, long)
        assert 0.4 < trial.accepted < 0.6
        share = told["scores"][str(number)]["right on 50 to 200 letters"]
        assert 1 - len(trial.disagreements) / 400 == pytest.approx(share)
        proved_wrong += [number] * (trial.counter_example is not None)
    assert 1 <= len(proved_wrong) <= 3


def test_a_broken_network_would_be_noticed(languages):
    script, _, _ = languages
    model = training.shipped("tomita")["5"]
    with torch.no_grad():
        model.recurrent.weight_hh_l0[:] *= 0.5
    assert script.right(script.recogniser(model), formal.tomita(5), list(formal.every_word(8))) < 0.99


# -- the counters of praise and blame ------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def counters():
    return load("make_valence"), training.shipped("valence"), training.shipped_metadata("valence")


def test_a_counter_reaches_what_is_recorded_and_beats_a_constant(counters):
    script, made, told = counters
    assert set(made) == {f"{cell} {seed}" for cell in script.CELLS for seed in script.SEEDS}
    for name, model in made.items():
        scores = script.scores(model)
        recorded = told["scores"][name]
        assert scores == pytest.approx({key: recorded[key] for key in scores}, rel=1e-5)
        assert scores["squared error"] < 0.02 * scores["constant guess"]
        assert scores["squared error, three times as long"] < 0.2 * scores["constant guess, three times as long"]


def test_the_words_of_a_counter_and_what_they_are_worth(counters):
    script, _, told = counters
    x, target = script.texts(np.random.default_rng(0), 50, 400)
    assert x.shape == (50, 400, 28) and (x.sum(2) == 1).all()
    worth = np.array(told["worth"])
    assert (np.cumsum(x @ worth, axis=0)[..., None] == target).all()
    assert [told["words"][k] for k in (0, 10, 20)] == ["good", "bad", "film"]
    assert worth.tolist() == script.WORTH.tolist()
    shares = [x[..., worth == value].sum() / x.sum() for value in (1, -1, 0)]
    assert shares == pytest.approx([0.2, 0.2, 0.6], abs=0.01)


@pytest.mark.parametrize("name", [f"{cell} {seed}" for cell in ("gru", "lstm") for seed in range(3)])
def test_along_its_line_one_eigenvalue_is_nearly_1(counters, name):
    """Chapter 10: with a noun held, |λ| within 0.04 of 1 in one direction, at most 0.985 in the second (medians)."""
    script, made, _ = counters
    net = Explained.of(made[name])
    alone = Autonomous.of(net, np.eye(28)[20])
    states = autonomous.states_of(net.trace(script.texts(np.random.default_rng(5), 40, 60)[0]))[-1]
    sizes = -np.sort(-np.abs(np.linalg.eigvals(alone.jacobian(alone.run(states, 20)[-1]))), axis=1)
    assert np.abs(np.median(sizes[:, 0]) - 1) < 0.01 and np.abs(sizes[:, 0] - 1).max() < 0.08
    assert np.median(sizes[:, 1]) < 0.985


# -- the fixed points that are kept --------------------------------------------------------------------------------
def test_the_kept_points_are_remade_by_their_script(flips, tmp_path, monkeypatch):
    script = load("make_flip_flop_points")
    monkeypatch.setattr(script.training, "shipped", lambda name: {"rnn 0": flips[1]["rnn 0"]})
    script.main(["--folder", str(tmp_path)])
    made, kept = checkpoints.read(tmp_path / "flip_flop_points.npz"), checkpoints.load("flip_flop_points")
    apart = np.abs(made.curves["rnn 0"][:, None] - kept.curves["rnn 0"]).max(2)
    assert apart.min(1).max() < 1e-6 and made.scores["rnn 0"] == kept.scores["rnn 0"] == 27
    assert set(kept.curves) == set(FLIP_FLOPS)


# -- files and scripts ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["flip_flop", "tomita", "valence"])
def test_what_the_file_says_of_itself(name):
    metadata = training.shipped_metadata(name)
    assert (FOLDER / f"{name}.safetensors").stat().st_size < 200_000
    assert {"task", "command", "scores", "epochs", "batch", "learning rate"} <= set(metadata)
    assert (FOLDER.parent.parent / metadata["command"].split()[1]).is_file()
    assert all(entry["seconds"] < 60 for entry in metadata["scores"].values())


def test_the_commands_write_their_files(flips, languages, counters, tmp_path, recwarn):
    counters[0].main(["--epochs", "2", "--cells", "gru", "--seeds", "7", "--folder", str(tmp_path)])
    counted = training.read(tmp_path / "valence.safetensors").metadata["scores"]["gru 7"]
    assert counted["squared error"] < counted["constant guess"]
    flips[0].main(["--epochs", "1", "--cells", "rnn", "--seeds", "5", "--folder", str(tmp_path)])
    languages[0].main(["--epochs", "3", "--languages", "1", "--folder", str(tmp_path)])
    assert set(training.read(tmp_path / "flip_flop.safetensors").metadata["scores"]) == {"rnn 5"}
    assert training.read(tmp_path / "tomita.safetensors").metadata["scores"]["1"]["right up to 12 letters"] > 0.9


def test_same_seed_same_weights(flips):
    first, again, other = (flips[0].train("gru", seed, epochs=1)[0] for seed in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(first.readout.weight, other.readout.weight)


@pytest.mark.parametrize("name", ["make_flip_flop", "make_tomita", "make_valence"])
def test_the_command_explains_itself(name):
    said = subprocess.run([sys.executable, FOLDER / f"{name}.py", "--help"], capture_output=True, check=True).stdout
    assert b"--epochs" in said


def test_rows_of_the_benchmark(monkeypatch):
    monkeypatch.setattr(race, "STARTS", 256)
    monkeypatch.setattr(race, "PEERS", 2)
    monkeypatch.setattr(race, "NETWORKS", ("rnn 0",))
    row, = race.run(rounds=1)
    assert row["points"] == 27 and row["index"] == 1 and row["ratio"] == row["seconds"] / row["scipy seconds"] > 0

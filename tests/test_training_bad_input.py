"""What `fit` refuses, and in which words."""

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse import training
from rnncourse.training import models

PAIR = (np.ones((2, 1)), np.ones((2, 1)))


def fit(model=None, batches=(PAIR,), loss=nn.functional.mse_loss, **options):
    return training.fit(model or nn.Linear(1, 1), batches, loss, progress=False, **options)


def frozen():
    return nn.Linear(1, 1).requires_grad_(False)


@pytest.mark.parametrize("options, error, message", [
    ({"model": torch.ones}, TypeError, "model is a builtin_function_or_method; expected a torch.nn.Module"),
    ({"model": frozen()}, ValueError, "Linear has no weights to train: all 2 have requires_grad=False"),
    ({"model": nn.Tanh()}, ValueError, "Tanh has no weights to train: it has no parameters"),
    ({"batches": (p for p in [PAIR])}, TypeError, "batches is a generator, which can be run through only once"),
    ({"batches": 7}, TypeError, "batches is a int; expected batches"),
    ({"batches": []}, ValueError, "batches gave nothing in epoch 1; expected at least one batch"),
    ({"batches": lambda rng: iter(())}, ValueError, "batches gave nothing in epoch 1"),
    ({"batches": [np.ones(3)]}, TypeError, r"a batch is a ndarray; expected a tuple \(input, …, target\)"),
    ({"batches": [(np.ones(3),)]}, TypeError, "a batch is a tuple of 1"),
    ({"batches": [(np.array(["a"]), np.ones(1))]}, TypeError, "a batch holds a ndarray of <U1; expected arrays"),
    ({"epochs": 0}, ValueError, "epochs is 0; expected a whole number from 1"),
    ({"epochs": 2.5}, ValueError, "epochs is 2.5"),
    ({"learning_rate": 0}, ValueError, "learning_rate is 0; expected a positive number"),
    ({"learning_rate": float("nan")}, ValueError, "learning_rate is nan"),
    ({"clip": -1}, ValueError, "clip is -1; expected a positive number"),
    ({"patience": 2}, ValueError, "patience=2 came without validate"),
    ({"patience": 0, "validate": abs}, ValueError, "patience is 0; expected a whole number from 1"),
    ({"optimizer": None}, TypeError, "optimizer is None; expected what makes one: torch.optim.SGD"),
    ({"optimizer": torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1)}, TypeError, "optimizer is a SGD; expected"),
    ({"validate": lambda model: None}, ValueError, "validate returned nothing; expected a number"),
    ({"validate": lambda model: {}}, ValueError, "validate returned an empty dict"),
    ({"validate": lambda model: {"loss": 1}}, ValueError, "which the history keeps .* try 'validation loss'"),
    ({"validate": lambda model: {"bits": torch.ones(3)}}, TypeError, r"'bits': float32 \(3,\); expected one number"),
    ({"validate": lambda model: float("nan")}, FloatingPointError, "validate returned NaN as 'validation'"),
    ({"loss": lambda output, target: 0.5}, ValueError, "loss gave a float in epoch 1, batch 1; expected one number"),
    ({"loss": lambda output, target: output}, ValueError, r"loss gave float32 \(2, 1\) in epoch 1, batch 1"),
    ({"loss": lambda output, target: target.sum()}, ValueError, "depends on no weight, so there is nothing to follow"),
    ({"carry": True, "model": models.ForecastModel(1)}, TypeError, "takes 2 positional arguments but 3 were given"),
])
def test_bad_arguments_say_what_came(options, error, message):
    with pytest.raises(error, match=message):
        fit(**options)


def test_a_generator_function_that_is_empty_the_second_time():
    once = iter([PAIR])
    with pytest.raises(ValueError, match="batches gave nothing in epoch 2"):
        fit(batches=lambda rng: once)


@pytest.mark.parametrize("x, y, loss, message", [
    ((2, 1), (2,), nn.functional.mse_loss, r"output is float32 \(2, 1\), target float32 \(2,\)\. It said: Using a ta"),
    ((2, 1), (3, 4), nn.functional.mse_loss, r"epoch 1, batch 1: output is float32 \(2, 1\), target float32 \(3, 4\)"),
    ((2, 1), (2, 1), training.cross_entropy, r"logits are \(2, 1\) and target \(2, 1\); expected \(…, K\) and \(…\)"),
])
def test_a_target_of_the_wrong_shape(x, y, loss, message):
    with pytest.raises(ValueError, match=message):
        fit(batches=[(np.ones(x), np.ones(y))], loss=loss)


def test_names_of_scores_stay_the_same():
    said = iter([{"a": 1}, {"b": 1}])
    with pytest.raises(ValueError, match="validate returned b, and before that a; expected the same names each epoch"):
        fit(validate=lambda model: next(said))


def test_carry_with_a_model_that_gives_no_state_back():
    class Stateless(nn.Linear):
        def forward(self, x, state):
            return super().forward(x)
    with pytest.raises(TypeError, match=r"expects .* the pair \(output, state\); Stateless returned float32 \(2, 1\)"):
        fit(Stateless(1, 1), carry=True)


def test_a_model_with_a_state_and_no_carry():
    text = np.zeros((3, 2), np.int64)
    with pytest.raises(ValueError, match="The model returned a pair: try carry=True"):
        fit(models.TextModel(5, 4), [(text, text)], training.cross_entropy)


def test_a_model_that_cannot_take_the_input_is_told_what_came():
    with pytest.raises(RuntimeError) as caught:
        fit(batches=[(np.ones((2, 3)), np.ones((2, 1)))])
    assert caught.value.__notes__ == ["the model was called with float32 (2, 3)"]
    with pytest.raises(TypeError) as caught:
        fit(carry=True)
    assert "with float32 (2, 1) and, since carry=True, with the state None" in caught.value.__notes__[0]


# -- numbers that are none --------------------------------------------------------------------------
def test_a_loss_that_is_nan_says_when_and_what_to_try():
    seen, count = [], [0]

    def loss(output, target):
        count[0] += 1
        return nn.functional.mse_loss(output, target) * (float("nan") if count[0] == 8 else 1)

    def validate(model):
        seen.append(model.weight.item())
        return [1.0, 2.0][len(seen) - 1]
    model = nn.Linear(1, 1)
    with pytest.raises(FloatingPointError, match=r"the loss is nan in epoch 3, batch 2\. Try a smaller learning rate "
                       r"\(it was 0\.1\), or a smaller clip \(it was 1\)\. The weights are those after epoch 1"):
        fit(model, [PAIR] * 3, loss, validate=validate, learning_rate=0.1)
    assert model.weight.item() == seen[0] and all(p.grad is None for p in model.parameters())


def test_training_that_blows_up_leaves_finite_weights():
    model = nn.Linear(1, 1)
    before = model.weight.item()
    with pytest.raises(FloatingPointError, match=r"or clip=1\.0\. The weights are those from before the training"):
        fit(model, [PAIR] * 400, learning_rate=1e3, optimizer=torch.optim.SGD, clip=None)
    assert model.weight.item() == before


def test_nan_in_the_data_is_named():
    with pytest.raises(FloatingPointError, match="The batch itself holds NaN or infinity: fill or drop"):
        fit(batches=[(np.array([[np.nan]]), np.ones((1, 1)))])


def test_a_gradient_that_is_not_finite_is_not_followed():
    model = nn.Linear(1, 1, bias=False)
    before = model.weight.item()
    with pytest.raises(FloatingPointError, match="the gradient's norm is (inf|nan) in epoch 1, batch 1"):
        fit(model, loss=lambda output, target: (0 * output).sqrt().sum())
    assert model.weight.item() == before


def test_several_checks_its_seeds():
    with pytest.raises(ValueError, match="seeds is empty"):
        training.several(frozen, [])
    with pytest.raises(ValueError, match="Leave seed= out"):
        training.several(frozen, [1], seed=3)

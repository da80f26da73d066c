"""The learning rate's course, and what the passes go through."""

import itertools

import pytest

from mnist_train.recipes import RECIPES

simple = RECIPES["simple"]


@pytest.mark.parametrize("name", RECIPES)
def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero(name: str) -> None:
    recipe = RECIPES[name]
    course = [recipe.learning_rate(step / 1000) for step in range(1001)]

    assert course[0] == course[-1] == pytest.approx(0)
    assert max(course) == pytest.approx(recipe.peak_learning_rate)
    peak = course.index(max(course))
    assert peak == pytest.approx(1000 * recipe.warm_up)
    assert all(a < b for a, b in itertools.pairwise(course[: peak + 1]))
    assert all(a > b for a, b in itertools.pairwise(course[peak:]))


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("simple", [55_000, 22_000]),
        ("fast", [25_000, 10_000, 5_000]),
        ("best", [55_000] + [22_000] * 62 + [55_000] * 12),
    ],
)
def test_what_the_passes_over_mnist_go_through(name: str, sizes: list[int]) -> None:
    assert RECIPES[name].sizes(55_000) == sizes


@pytest.mark.parametrize(("images", "epochs"), [(55_000, 2), (216_000, 2), (1_294, 29), (1, 150)])
def test_small_datasets_are_gone_through_more_often(images: int, epochs: int) -> None:
    assert len(simple.sizes(images)) == epochs


@pytest.mark.parametrize(
    ("name", "epochs", "sizes"),
    [
        ("simple", 1, [1000]),
        ("simple", 4, [1000, 400, 400, 400]),
        ("fast", 5, [455, 182, 91, 91, 91]),
        ("best", 1, [1000]),
        ("best", 3, [1000, 1000, 1000]),
        ("best", 9, [1000, 400, 1000, 1000, 1000, 1000, 1000, 1000, 1000]),
    ],
)
def test_as_many_passes_as_asked_for(name: str, epochs: int, sizes: list[int]) -> None:
    assert RECIPES[name].sizes(1000, epochs) == sizes


def test_a_few_passes_have_no_finish_and_many_have_more() -> None:
    assert [RECIPES["best"].finishing(epochs) for epochs in (1, 5, 9, 75, 150)] == [0, 0, 1, 6, 12]
    assert simple.finishing(75) == 0


def test_the_finish_has_a_peak_of_its_own() -> None:
    best = RECIPES["best"]
    assert best.finish

    course = [best.learning_rate(step / 1000, best.finish) for step in range(1001)]

    assert max(course) == pytest.approx(best.finish.peak_learning_rate) != best.peak_learning_rate
    assert course[0] == course[-1] == pytest.approx(0)

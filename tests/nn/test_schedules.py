"""The learning rate at a step is a pure function of the step, and these are its values."""

import math

import pytest

from numpen.nn.schedules import Schedule, constant, cosine, one_cycle, step_decay


def test_constant_is_always_the_same() -> None:
    assert {constant(0.3)(step) for step in range(1000)} == {0.3}


def test_step_decay_falls_every_so_many_steps() -> None:
    schedule = step_decay(0.8, every=3, factor=0.5)
    assert [schedule(step) for step in range(8)] == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]


def test_cosine_falls_from_the_rate_to_almost_zero() -> None:
    schedule = cosine(2.0, 4)
    assert [schedule(step) for step in range(5)] == pytest.approx([2, 1 + math.sqrt(0.5), 1, 1 - math.sqrt(0.5), 0])


def test_one_cycle_climbs_and_then_falls() -> None:
    schedule = one_cycle(1.0, 10, warm_up=0.4, start=0.2)
    # up along half a cosine from 0.2 over 4 steps, down to zero over the other 6
    up = [0.2, 0.2 + 0.8 * (1 - math.sqrt(0.5)) / 2, 0.6, 0.2 + 0.8 * (1 + math.sqrt(0.5)) / 2]
    down = [1, (1 + math.sqrt(0.75)) / 2, 0.75, 0.5, 0.25, (1 - math.sqrt(0.75)) / 2]
    assert [schedule(step) for step in range(10)] == pytest.approx(up + down)
    assert schedule(10) == 0


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("warm_up", [1e-9, 0.3, 0.5, 0.999])
def test_one_cycle_has_its_highest_between_start_and_end(steps: int, warm_up: float) -> None:
    rates = [one_cycle(0.5, steps, warm_up)(step) for step in range(steps)]
    highest = rates.index(max(rates))
    assert all(0 < rate <= 0.5 for rate in rates)
    assert rates[: highest + 1] == sorted(rates[: highest + 1])
    assert rates[highest:] == sorted(rates[highest:], reverse=True)


@pytest.mark.parametrize("schedule", [constant(0.1), step_decay(0.1, 10, 0.5), cosine(0.1, 99), one_cycle(0.1, 99)])
def test_a_schedule_remembers_nothing(schedule: Schedule) -> None:
    forwards = [schedule(step) for step in range(99)]
    assert [schedule(step) for step in reversed(range(99))] == forwards[::-1]
    assert all(type(rate) is float for rate in forwards)

"""The bounds of an evaluation: what is built earns time, up to a limit."""

import math

from dagcheck.evaluate.budget import Budget


def test_what_is_built_earns_time_up_to_the_bonus() -> None:
    budget = Budget(seconds=2.0, bonus=1.5)
    budget.start()
    end = budget.deadline
    budget.earn(0.5)
    assert math.isclose(budget.deadline - end, 0.5, abs_tol=1e-9)
    for _ in range(100):
        budget.earn(0.5)
    assert math.isclose(budget.deadline - end, 3.0, abs_tol=1e-9)

"""What `make bench ARGS=saves` measures, small: it is the product that is measured, and nothing is left out."""

from bench import saves


def test_leads_are_assigned_and_pulls_answered_before_and_while_strategies_are_saved() -> None:
    before, meanwhile = saves.watch(ready=6, strategies=2, seconds=0.0)
    assert before.saving is None
    assert meanwhile.saving
    for each in (before, meanwhile):
        assert each.waits
        assert all(wait >= 0 for wait in each.waits)
        assert set(each.pulls) == {200}

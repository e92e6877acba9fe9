"""Among how many leads of one rank a pull picks at random.

One while it is quiet: the first in order. When pulls collide, strict order has everybody claim the same lead; picking
at random among more of the same rank costs a little order and saves claims. No lead is ever passed over by more than
`MOST` others of its rank.
"""

MOST = 64
STEP, CALM = 4, 16
"""So many times as many after a lost claim; half of them after so many claims in a row that nobody was quicker to.
Of the rules tried in the simulation of `bench/pulls.py`, the one that needs the fewest claims from the start."""


class Spread:
    """What one container has learnt from its own claims."""

    def __init__(self) -> None:
        self.size = 1
        self._won = 0

    def won(self) -> None:
        self._won += 1
        if self._won >= CALM:
            self._won = 0
            self.size = max(1, self.size // 2)

    def lost(self) -> None:
        self._won = 0
        self.size = min(MOST, self.size * STEP)

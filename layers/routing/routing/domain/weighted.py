"""Weights: over an interval the counts follow them as closely as whole leads allow."""

from collections.abc import Sequence


def weighted(weights: Sequence[int], counts: Sequence[int], eligible: Sequence[bool]) -> int | None:
    """The eligible position that brings the counts closest to the weights; None when nobody is eligible.

    Tijdeman's rule for the chairman assignment problem (R. Tijdeman, Discrete Mathematics 32, 1980), in integers.
    With s = weight / sum, t = leads so far + 1, c = received and k recipients of positive weight, candidates have
    s*t - c >= 1/(2k-2), and the least (1 - 1/(2k-2) + c) / s takes the lead. While all are eligible no count is ever
    more than 1 - 1/(2k-2) from its share. Where no candidate is eligible, that same least value decides among those
    who are. A weight of 0 is never eligible; ties go to list order.
    """
    positions = [at for at, weight in enumerate(weights) if weight > 0 and eligible[at]]
    if not positions:
        return None
    total, t = sum(weights), sum(counts) + 1
    twice = 2 * sum(1 for weight in weights if weight > 0) - 2
    if twice == 0:
        return positions[0]
    candidates = [at for at in positions if (weights[at] * t - counts[at] * total) * twice >= total]
    best, *others = candidates or positions
    for at in others:
        # (twice - 1 + twice * c) / weight, compared without dividing
        mine = (twice - 1 + twice * counts[at]) * weights[best]
        if mine < (twice - 1 + twice * counts[best]) * weights[at]:
            best = at
    return best


def shares(weights: Sequence[int]) -> list[float]:
    """Each weight in percent of their sum, to two places; all 0 when the sum is."""
    total = sum(weights)
    return [round(100 * each / total, 2) if total else 0.0 for each in weights]

"""What the report of one training may say outside the house: what a release has said of it, and no mean of a few."""

from collections.abc import Iterable

MEASURED = ("minutes", "attended", "pairs", "forms", "copies")  # as a release keeps them of each training


def may_show_mean(own: int, each: Iterable[int], least: int) -> bool:
    """Tell whether the mean of one training gives no mean of a few away.

    `each` is how many were measured in every training that the release counts together, this one among them. Whoever
    subtracts what reports say from what the release says is left with the others, in any combination.
    """
    return own >= least and all(number == 0 or number >= least for number in each)

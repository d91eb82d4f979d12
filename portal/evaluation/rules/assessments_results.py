"""What the sheets of a training say together, and what is not said because too few people stand behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from portal.evaluation.rules import statistics
from portal.evaluation.rules.assessments import Item, is_comparable, percent, points
from portal.evaluation.rules.statistics import FEWEST_PAIRS, Change

WEAK_BELOW = 60  # Percent of right answers below which a question or topic is called weak.


@dataclass(frozen=True)
class Version:
    """One of the two tests: its questions, and the answers of each person to them."""

    items: Sequence[Item] = ()
    answers: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @property
    def percents(self) -> dict[int, float]:
        """Return each person's score."""
        return {one: percent(points(self.items, given), len(self.items)) for one, given in self.answers.items()}

    def mean(self) -> float | None:
        """Return the mean score, if enough people stand behind it."""
        scores = self.percents.values()
        return fmean(scores) if len(scores) >= FEWEST_PAIRS else None

    def shares(self, people: Sequence[int]) -> dict[int, float]:
        """Return the percentage of these people who answered each thing right, if they are enough."""
        if len(people) < FEWEST_PAIRS:
            return {}
        return {
            item.measures: percent(sum(item.is_right(self.answers[one][place]) for one in people), len(people))
            for place, item in enumerate(self.items)
        }


@dataclass(frozen=True)
class Share:
    """How many percent answered one thing right, before and after; None where it is not asked, or by too few."""

    pre: float | None
    post: float | None

    @property
    def is_weak(self) -> bool:
        """Tell whether it is still not known well: after the training, or before it while there is no after."""
        latest = self.pre if self.post is None else self.post
        return latest is not None and latest < WEAK_BELOW


@dataclass(frozen=True)
class Results:
    """The figures of a training. Only pairs enter `change`; `shares` are by what the questions measure."""

    n_pre: int
    n_post: int
    n_paired: int
    mean_pre: float | None
    mean_post: float | None
    is_comparable: bool
    change: Change | None
    is_ceiling: bool
    shares: dict[int, Share]

    @property
    def is_anything_shown(self) -> bool:
        """Tell whether enough people stand behind any figure."""
        return self.mean_pre is not None or self.mean_post is not None


def results(pre: Version, post: Version) -> Results:
    """Return what two tests of the same people say; versions that measure different things are not compared."""
    paired = sorted(pre.answers.keys() & post.answers.keys())
    comparable = bool(pre.items) and bool(post.items) and is_comparable(pre.items, post.items)
    before, after = pre.percents, post.percents
    is_pairing = comparable and len(paired) >= FEWEST_PAIRS
    shares_pre = pre.shares(paired if is_pairing else list(pre.answers))
    shares_post = post.shares(paired if is_pairing else list(post.answers))
    measured = dict.fromkeys([*(item.measures for item in pre.items), *(item.measures for item in post.items)])
    return Results(
        n_pre=len(pre.answers),
        n_post=len(post.answers),
        n_paired=len(paired),
        mean_pre=pre.mean(),
        mean_post=post.mean(),
        is_comparable=comparable,
        change=statistics.change([(before[one], after[one]) for one in paired]) if comparable else None,
        is_ceiling=pre.mean() is not None and statistics.is_ceiling(list(before.values())),
        shares={one: Share(shares_pre.get(one), shares_post.get(one)) for one in measured},
    )


def joint(shares: Sequence[Share]) -> Share:
    """Return the mean share of the questions of one topic."""
    pre = [share.pre for share in shares if share.pre is not None]
    post = [share.post for share in shares if share.post is not None]
    return Share(fmean(pre) if pre else None, fmean(post) if post else None)

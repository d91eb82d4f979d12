"""What to hide in the sums over all trainings, given the trainings' tables and earlier releases."""

from collections.abc import Collection, Sequence

from portal.reports import disclosure, states
from portal.reports.disclosure import Difference, Known, Row, Table, hidden_cells
from portal.reports.rules import Dimension, Issue, Json, Part

LISTED = (Dimension.INSTITUTION, Dimension.SERVICE)  # Named only where somebody is counted.


def sums_of(dimension: Dimension, basis: Json, issue: Issue, earlier: Sequence[Part]) -> dict[str, int]:
    """Return how many people all trainings count, with zeros for what an earlier release has counted."""
    found = states.named_in([part.basis for part in earlier], dimension.value) | states.universe({}, dimension, issue)
    for state in basis["trainings"].values():
        for name, count in state["new"][dimension.value].items():
            found[name] = found.get(name, 0) + count
    return found


def hide_sums(dimension: Dimension, basis: Json, issue: Issue, earlier: Sequence[Part]) -> Collection[str]:
    """Return which sums over all trainings are hidden.

    Where trainings' tables would give too many sums away, what these sums count is hidden in some trainings that are
    new in this release instead: the sums are what a reader asks for first. `basis` takes note of that.
    """
    name, draw = dimension.value, issue.draw_for(dimension.value)
    since = [
        Difference(
            states.change(basis["tables"][name], part.basis["tables"][name]), frozenset(part.basis["hidden"][name])
        )
        for part in earlier
    ]
    table = Table(basis["tables"][name], since, draw)
    best = _hidden_sums(table, name, basis, issue, earlier)
    missing = best - table.hidden(issue.k)
    told = {code for part in earlier for code in part.basis["trainings"]}
    new = [one for code, one in basis["trainings"].items() if code not in told]
    new = [one for one in new if any(one["tables"][name].get(it, 0) for it in missing - set(one["hidden"][name]))]
    new.sort(key=lambda one: (-sum(one["tables"][name].get(it, 0) > 0 for it in missing), states.seats(one)))
    kept, chosen, number = [one["hidden"][name] for one in new], 0, 1
    while missing and chosen < number <= len(new):
        for one, hidden in zip(new[:number], kept, strict=False):
            counts = one["tables"][name]
            forced = {*hidden, *(it for it in missing if counts.get(it, 0))}
            one["hidden"][name] = sorted(hidden_cells(counts, issue.k, forced=forced, draw=draw))
        found = _hidden_sums(table, name, basis, issue, earlier)
        if len(found) < len(best):
            best, chosen = found, number
        number = len(new) if number < len(new) < 2 * number else 2 * number
    for one, hidden in zip(new[chosen:], kept[chosen:], strict=True):
        one["hidden"][name] = hidden
    return best


def hide_services(basis: Json, issue: Issue, earlier: Sequence[Part]) -> list[str]:
    """Return the services to hide: each institution's are a table whose total is the institution's own count."""
    hidden: set[str] = set()
    for institution, counts in services_of(basis).items():
        if institution in basis["hidden"]["institution"]:
            hidden |= counts.keys()
            continue
        since = [
            Difference(
                states.change(counts, services_of(part.basis).get(institution, {})),
                frozenset(counts) & frozenset(part.basis["hidden"]["service"]),
            )
            for part in earlier
        ]
        hidden |= hidden_cells(counts, issue.k, since=since, draw=issue.draw_for("service"))
    return sorted(hidden)


def services_of(basis: Json) -> dict[str, dict[str, int]]:
    """Return the services of each institution; a service is named `institution/service`."""
    found: dict[str, dict[str, int]] = {}
    for name, count in basis["tables"]["service"].items():
        found.setdefault(name.partition("/")[0], {})[name] = count
    return found


def _hidden_sums(table: Table, name: str, basis: Json, issue: Issue, earlier: Sequence[Part]) -> frozenset[str]:
    """Return which sums are hidden, held against the trainings' tables of this release and of each before."""
    rows: dict[tuple[str, str], Row] = {}

    def take_in(state: Json) -> frozenset[str]:
        """Note the tables of a release, each of its states once; return the names of those that stand in it."""
        names = set()
        for code, one in state["trainings"].items():
            hidden = frozenset(one["hidden"][name])
            counts = states.named_in([one], name) | one["tables"][name]
            new = one.get("new", one["tables"])[name]  # Releases before this rule did not say who was counted where.
            small = frozenset(one.get("small", {}).get(name, hidden))
            row = Row(f"{code} {len(rows)}", counts, hidden, new, small)
            key = repr([sorted((it, number) for it, number in table.items() if number) for table in (counts, new)])
            names.add(rows.setdefault((code, key), row).name)
        return frozenset(names)

    known = []
    for part in earlier:
        shown = frozenset(part.basis["tables"][name]) - frozenset(part.basis["hidden"][name])
        known.append(Known(take_in(part.basis), shown))
    standing = take_in(basis)  # Tables from before a correction lie in earlier sums only.
    return disclosure.hidden_sums(table, list(rows.values()), known, issue.k, over=standing)

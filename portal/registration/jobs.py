"""Judge long nomination lists behind the page."""

from typing import Any

from portal.platform import clock, jobs
from portal.platform.db import transaction
from portal.registration.operations import imports
from portal.registration.queries import nominations as queries


@jobs.handler(imports.JOB)
def read_nominations(progress: jobs.Progress, *, list_reference: str) -> dict[str, Any]:
    """Judge the rows of a staged list; repeated, it changes nothing."""
    with transaction():
        nomination_list = queries.get_list(list_reference)
        rows = queries.count_stored(nomination_list.id) if nomination_list else 0
    progress.report(0, rows)
    with transaction():
        nomination_list = queries.get_list(list_reference)
        if nomination_list is None or nomination_list.state != "staged":
            return {"rows": 0}
        imports.read(nomination_list, now=clock.now())
    return {"rows": rows}

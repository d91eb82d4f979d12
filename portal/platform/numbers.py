"""Numbers without gaps: the counter's row is locked until the transaction ends, so a failure takes none."""

from typing import Any, TypeVar

from sqlalchemy import select

from portal.platform.db import Base, db, insert_if_missing, upsert

Counter = TypeVar("Counter", bound=Base)


def take(counter: type[Base], *, count: int = 1, **key: Any) -> range:
    """Take the next numbers of a counter, whose row may not be there yet."""
    table: Any = counter.__table__
    statement = (
        upsert(table)
        .values(**key, last=count)
        .on_conflict_do_update(index_elements=table.primary_key, set_={"last": table.c.last + count})
        .returning(table.c.last)
    )
    last: int = db.session.execute(statement).scalar_one()
    return range(last - count + 1, last + 1)


def held(counter: type[Counter], **key: Any) -> Counter:
    """Hold a counter's row before anything is taken, for whoever must look around first."""
    insert_if_missing(counter, **key, last=0)
    query = select(counter).filter_by(**key).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()

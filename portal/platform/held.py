"""Track open write transactions of this thread, so that nothing slow begins during one.

SQLite has one writer. Whoever waits for a child process inside a writing transaction makes everybody wait for it, on
either database; so the transactions say here that they are open, and whatever takes long asks first.
"""

import threading

_here = threading.local()


class HeldUp(RuntimeError):
    """Stop: something slow would begin while others wait for this thread's transaction."""


def begin(transaction: int) -> None:
    """Note that a writing transaction is open in this thread."""
    _open().add(transaction)


def end(transaction: int) -> None:
    """Note that a transaction is over, whether it was writing or not."""
    _open().discard(transaction)


def ensure_nothing_held() -> None:
    """Let something slow begin, or raise `HeldUp` if this thread has a writing transaction open."""
    if _open():
        raise HeldUp("Read and work first, write after: nobody may wait for a child under the write lock.")


def _open() -> set[int]:
    if not hasattr(_here, "transactions"):
        _here.transactions = set()
    transactions: set[int] = _here.transactions
    return transactions

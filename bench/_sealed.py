"""Sealed certificates: what a file costs our way and the plain way, in one run on one machine."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from portal.printing import batch, client
from portal.printing import orders as printing_orders
from portal.signing import keys
from portal.signing.seal import Sealer
from tests.pkcs12 import certificate

PLAIN, SETTLED, BATCH, MANY = 10, 50, 127, 1000


@dataclass(frozen=True)
class Cost:
    """What some files took."""

    way: str
    files: int
    seconds: float
    cpu: float
    sizes: Sequence[int]
    first: float | None = None
    memory: str = ""

    def row(self) -> str:
        """Return the cost as a row of a table."""
        size = f"{min(self.sizes) / 1024:.1f}–{max(self.sizes) / 1024:.1f}"
        first = f"{self.first:.2f}" if self.first is not None else "–"
        each = 1000 * self.cpu / self.files
        return f"| {self.way} | {self.files} | {self.seconds:.1f} | {first} | {each:.0f} | {size} | {self.memory} |"


def table(orders: Sequence[printing_orders.Order]) -> None:
    """Print the table of docs/documents.md; `orders` are the certificates of a batch."""
    with tempfile.TemporaryDirectory() as folder:
        rsa = _rsa_key(orders[0])
        by_rsa = Sealer(rsa, Path(folder))
        by_curve = Sealer(keys.current(Path(folder), host="bench.example", now=orders[0].created_at), Path(folder))
        print(f"\nLoad before: {_load()}, {os.cpu_count()} processors")
        print("| way | files | seconds | first file, s | CPU ms a file | KB a file | memory of a worker, MB |")
        print("|---|---|---|---|---|---|---|")
        costs = [
            _plain(orders[:PLAIN], rsa),
            _batch("sealed, P-256, one child", orders, by_curve),
            _batch("sealed, RSA-2048, one child", orders, by_rsa),
            _batch("sealed, P-256, two children, page by page", list(map(_apart, orders)), by_curve),
            _plain(orders[-PLAIN:], rsa),
            _many(orders, by_curve),
        ]
        plain = (costs[0].cpu + costs[4].cpu) / (2 * PLAIN)
        print("Times as quick as the plain way, in processor time:")
        for cost in (*costs[1:4], costs[5]):
            print(f"  {plain * cost.files / cost.cpu:.1f} {cost.way}")
        print(f"Load after: {_load()}")


def _apart(order: printing_orders.Order) -> printing_orders.Order:
    """Return an order that is set as a page of its own: one that replaces another."""
    return replace(order, facts=order.facts | {"replaces": "OSH-2025-0001"})


def _plain(orders: Sequence[printing_orders.Order], key: keys.SealKey) -> Cost:
    packed = serialize_key_and_certificates(
        b"seal", key.private, key.certificate, None, BestAvailableEncryption(b"bench")
    )
    told = {"orders": [order.as_message() for order in orders], "key": b64encode(packed).decode()}
    done = subprocess.run(
        [sys.executable, "-m", "bench._baseline"], input=json.dumps(told).encode(), capture_output=True, check=True
    )
    cost = json.loads(done.stdout)
    way = "plain: WeasyPrint and stock pyHanko (RSA-2048) per file"
    return _told(Cost(way, len(orders), cost["seconds"], cost["cpu"], cost["sizes"], memory=str(cost["memory"])))


def _batch(way: str, orders: Sequence[printing_orders.Order], sealer: Sealer) -> Cost:
    cpu, began, first = _cpu(), time.perf_counter(), None
    sizes = []
    for content in batch.render_each(sealer.order(order) for order in orders):
        assert isinstance(content, bytes)
        sizes.append(len(sealer.seal(content)))
        first = first or time.perf_counter() - began
    return _told(Cost(way, len(sizes), time.perf_counter() - began, _cpu() - cpu, sizes, first))


def _many(orders: Sequence[printing_orders.Order], sealer: Sealer) -> Cost:
    """Make a thousand in one child and watch its memory; what they cost is counted when it has settled."""
    began, cpu, sizes, seen = 0.0, 0.0, [], {}
    with closing(client.Renderer()) as renderer:
        for turn in range(1, MANY + 1):
            sizes.append(len(sealer.seal(renderer.render(sealer.order(orders[turn % len(orders)])))))
            if turn in (SETTLED, BATCH, MANY):
                seen[turn] = _memory(renderer.process_id)
            if turn == SETTLED:
                began, cpu = time.perf_counter(), _cpu(renderer.process_id)
        seconds, cpu = time.perf_counter() - began, _cpu(renderer.process_id) - cpu
    told = ", ".join(f"{memory} after {turn}" for turn, memory in seen.items())
    return _told(Cost("the same after 50", MANY - SETTLED, seconds, cpu, sizes[SETTLED:], None, told))


def _told(cost: Cost) -> Cost:
    print(cost.row(), flush=True)
    return cost


def _rsa_key(order: printing_orders.Order) -> keys.SealKey:
    private = generate_private_key(65537, 2048)
    return keys.SealKey(private, certificate(private, now=order.created_at), ())


def _memory(process_id: int | None) -> int:
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def _cpu(child: int | None = None) -> float:
    """Return the processor time of this process, of the children that have ended, and of one that has not."""
    used: Iterable[resource.struct_rusage] = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    ended = sum(one.ru_utime + one.ru_stime for one in used)
    if child is None:
        return ended
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return ended + sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _load() -> str:
    return " ".join(f"{one:.1f}" for one in os.getloadavg())

"""Draw `docs/packages.md` and `docs/data-model.md` from the code (Mermaid): `.venv/bin/python docs/draw.py`."""

import ast
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import grimp
from sqlalchemy import Column, ForeignKeyConstraint, Table, UniqueConstraint

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
MADE = "<!-- Made by docs/draw.py: change the code, then run .venv/bin/python docs/draw.py. -->"
Floors = list[list[str]]
Edges = dict[str, set[str]]


def main() -> None:
    """Write both files."""
    for name, text in pictures().items():
        (ROOT / "docs" / name).write_text(text)


def pictures() -> dict[str, str]:
    """Return what the files must say."""
    return {"packages.md": draw_packages(), "data-model.md": draw_data_model()}


def draw_packages() -> str:
    """Return the packages on their floors, with an arrow to what each stands on."""
    floors, edges = read_floors(), read_imports()
    lines = ["flowchart TB"]
    for number, packages in enumerate(floors):
        row = f"floor{len(floors) - number}"
        lines += [f'  subgraph {row}[" "]', "    direction LR"]
        lines += [f'    {name}["<b>{name}</b><br>{subject_of(name)}"]' for name in packages]
        lines += ["  end"]
    direct = reduced(edges)
    lines += [f"  {name} --> {below}" for name in sorted(direct) for below in sorted(direct[name])]
    return page(
        "Packages",
        "Each row is a floor of the contract `floors` in `pyproject.toml`; packages import from lower floors only. "
        "An arrow is an import; what a package reaches by a longer way as well has no arrow of its own.",
        [("", lines)],
    )


def read_floors() -> Floors:
    """Return the floors of the import contract, from the top down, without packages that are not there yet."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    named = [[name.strip(" ()") for name in layer.replace("|", ":").split(":")] for layer in layers]
    there = [[name for name in names if (ROOT / "portal" / name / "__init__.py").exists()] for names in named]
    return [names for names in there if names]


def read_imports() -> Edges:
    """Return which package imports which."""
    graph = grimp.build_graph("portal", cache_dir=None)
    packages = {name for floor in read_floors() for name in floor}
    edges: Edges = {name: set() for name in packages}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            upper, lower = package_of(module), package_of(imported)
            if upper != lower and {upper, lower} <= packages:
                edges[upper].add(lower)
    return edges


def package_of(module: str) -> str:
    return (module.split(".") + [""])[1]


def reduced(edges: Edges) -> Edges:
    """Return the edges without those that a longer way replaces."""

    def beyond(name: str) -> set[str]:
        return {further for below in edges[name] for further in {below} | beyond(below)}

    return {name: below - {further for one in below for further in beyond(one)} for name, below in edges.items()}


def subject_of(package: str) -> str:
    """Return what the package says that it is, as far as a box has room."""
    said = ast.get_docstring(ast.parse((ROOT / "portal" / package / "__init__.py").read_text())) or ""
    return said.partition("\n")[0].partition(". ")[0].rstrip(".").replace('"', "'")


def draw_data_model() -> str:
    """Return the tables of each package with their columns, and what their foreign keys name."""
    import portal.app  # noqa: F401, PLC0415 - every model, once the path is set
    from portal.platform.db import Base  # noqa: PLC0415 - the same

    tables: dict[str, list[Table]] = {}
    for mapper in Base.registry.mappers:
        if isinstance(mapper.local_table, Table):
            tables.setdefault(package_of(mapper.class_.__module__), []).append(mapper.local_table)
    known = [name for floor in reversed(read_floors()) for name in floor if name in tables]
    return page(
        "Data model",
        f"{len(Base.metadata.tables)} tables, by package from the ground floor up. A foreign key points to a table "
        "of the same or of a lower package; the tables of other packages are boxes without columns.",
        [(name, draw_tables(tables[name])) for name in known],
    )


def draw_tables(tables: Iterable[Table]) -> list[str]:
    """Return one package's tables as an entity-relationship diagram."""
    lines = ["erDiagram"]
    for table in sorted(tables, key=lambda table: table.name):
        columns = sorted(table.columns, key=lambda column: (not column.primary_key, column.name))
        lines += [f"  {table.name} {{", *(f"    {draw_column(column)}" for column in columns), "  }"]
        lines += sorted(
            f"  {key.referred_table.name} {is_needed(key)}--{how_many(table, key)} {table.name} : {key.column_keys[0]}"
            for key in table.foreign_key_constraints
        )
    return lines


def draw_column(column: Column) -> str:
    marks = ["PK"] * column.primary_key + ["FK"] * bool(column.foreign_keys) + ["UK"] * bool(column.unique)
    words = [type(column.type).__name__, column.name, ", ".join(marks), '"may be empty"' * column.nullable]
    return " ".join(filter(None, words))


def is_needed(key: ForeignKeyConstraint) -> str:
    return "|o" if any(column.nullable for column in key.columns) else "||"


def how_many(table: Table, key: ForeignKeyConstraint) -> str:
    """Return whether one row at most, or many, may name the same row."""
    mine = set(key.columns)
    sets = [set(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    sets += [set(table.primary_key.columns)] + [set(index.columns) for index in table.indexes if index.unique]
    return "o|" if mine in sets else "o{"


def page(title: str, text: str, parts: Iterable[tuple[str, list[str]]]) -> str:
    """Return a page with its diagrams."""
    lines = [f"# {title}", MADE, "", text]
    for heading, drawn in parts:
        lines += ["", *([f"## {heading}", ""] if heading else []), "```mermaid", *drawn, "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

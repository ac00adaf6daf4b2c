"""Sums that neither overflow nor round: PostgreSQL has them, SQLite gets them from `crm.store.sqlite_functions`."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from crm.store.types import Exact


class exact_sum(FunctionElement[Any]):
    """The sum of a column of whole numbers, or of exact ones."""

    inherit_cache = True
    name = "exact_sum"

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type if isinstance(column.type, Exact) else NullType()


@compiles(exact_sum, "sqlite")
def _sum_on_sqlite(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    return f"exact_sum({compiler.process(element.clauses, **more)})"


@compiles(exact_sum, "postgresql")
def _sum_on_postgresql(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    return f"sum({compiler.process(element.clauses, **more)})"

"""What a database holds, as text to compare."""

from collections.abc import Collection

import psycopg
from psycopg import sql


def dump(url: str, without: Collection[str] = ()) -> dict[str, list[str]]:
    """Every row of every table, byte for byte as PostgreSQL writes it, by table."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        ).fetchall()
        query = sql.SQL("SELECT row_to_json(t)::text FROM {} t ORDER BY 1")
        return {
            name: [row for (row,) in connection.execute(query.format(sql.Identifier(name)))]
            for (name,) in sorted(names)
            if name not in without
        }

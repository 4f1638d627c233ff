"""The filter and order_by fields of List calls: AIP-160 and AIP-132's ordering.

`syntax` reads a filter into a tree and knows no fields; `conditions` makes SQL of the tree by the types of the fields
that a listing declares; `ordering` reads order_by. What callers may write stands in proto/hearthline/filtering.md.
"""

from servicekit.filters.conditions import Columns, Fields, parse_filter
from servicekit.filters.ordering import parse_order
from servicekit.filters.syntax import fields_in

__all__ = ["Columns", "Fields", "fields_in", "parse_filter", "parse_order"]

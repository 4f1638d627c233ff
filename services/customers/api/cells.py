"""CellService."""

import grpc

from customers.api.views import cell_to_proto
from customers.handlers.premises import AssignCell, create_cell, update_cell
from customers.store.network import CELLS, cell_of, get_cell
from hearthline.customers.v1 import cells_pb2 as pb
from hearthline.customers.v1.cells_pb2_grpc import CellServiceServicer
from servicekit.calls import Rpc
from servicekit.names import optional_id, resource_id
from servicekit.update_masks import mask_of


class CellApi(CellServiceServicer):
    """See cells.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def CreateCell(self, request: pb.CreateCellRequest, context: grpc.ServicerContext) -> pb.Cell:
        return self._rpc.command(request, create_cell, _cell(request.cell_id, request.cell), render=cell_to_proto)

    def GetCell(self, request: pb.GetCellRequest, context: grpc.ServicerContext) -> pb.Cell:
        with self._rpc.reading() as uow:
            CELLS.check_reach(uow, request.name)
            return cell_to_proto(get_cell(uow, resource_id(request.name, "cells")))

    def ListCells(self, request: pb.ListCellsRequest, context: grpc.ServicerContext) -> pb.ListCellsResponse:
        with self._rpc.reading() as uow:
            page = CELLS.page(uow, request)
        found = [cell_to_proto(cell_of(row)) for row in page.rows]
        return pb.ListCellsResponse(cells=found, next_page_token=page.next_page_token)

    def UpdateCell(self, request: pb.UpdateCellRequest, context: grpc.ServicerContext) -> pb.Cell:
        identifier = resource_id(request.cell.name, "cells", field="cell.name")
        mask = mask_of(request, ("display_name", "account_manager", "crew"))
        return self._rpc.command(request, update_cell, _cell(identifier, request.cell, mask), render=cell_to_proto)


def _cell(identifier: str, cell: pb.Cell, mask: frozenset[str] = frozenset()) -> AssignCell:
    crew = optional_id(cell.crew, "crews", field="cell.crew")
    return AssignCell(identifier, cell.display_name, cell.account_manager, crew, cell.etag, mask)

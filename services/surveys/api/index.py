"""IndexService."""

from datetime import datetime

import grpc

from hearthline.surveys.v1 import index_pb2 as pb
from hearthline.surveys.v1.index_pb2_grpc import IndexServiceServicer
from servicekit.calls import Rpc
from servicekit.errors import InvalidArgument
from servicekit.names import optional_id, resource_id
from servicekit.times import instant
from servicekit.uow import UnitOfWork
from surveys.api.figures import index_to_proto, statistics_to_proto, tree_to_proto
from surveys.api.texts import text_of
from surveys.domain.factors import Factor, FactorTree
from surveys.handlers.factors import CreateFactorTree, create_factor_tree
from surveys.store.factors import DEFAULT_CODE, FACTOR_TREES, get_tree, newest_tree, tree_of
from surveys.store.index import Slice, invitations, outcomes, totals


class IndexApi(IndexServiceServicer):
    """Indexes, statistics and factor trees over gRPC (V3, V4)."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def GetSatisfactionIndex(
        self, request: pb.GetSatisfactionIndexRequest, context: grpc.ServicerContext
    ) -> pb.SatisfactionIndex:
        start, end = _period(request)
        cell = optional_id(request.cell, "cells", field="cell") or ""
        with self._rpc.reading() as uow:
            tree = _tree(uow, request.factor_tree)
            part = Slice(start, end, request.business_type, request.commodity, cell)
            return index_to_proto(tree, part, totals(uow, tree, part))

    def GetSurveyStatistics(
        self, request: pb.GetSurveyStatisticsRequest, context: grpc.ServicerContext
    ) -> pb.SurveyStatistics:
        start, end = _period(request)
        with self._rpc.reading() as uow:
            return statistics_to_proto(start, end, invitations(uow, start, end), outcomes(uow, start, end))

    def CreateFactorTree(self, request: pb.CreateFactorTreeRequest, context: grpc.ServicerContext) -> pb.FactorTree:
        given = request.factor_tree
        factors = tuple(Factor(f.factor_id, f.parent, text_of(f.display_name), f.question) for f in given.factors)
        command = CreateFactorTree(given.code, factors)
        return self._rpc.command(request, create_factor_tree, command, render=tree_to_proto)

    def GetFactorTree(self, request: pb.GetFactorTreeRequest, context: grpc.ServicerContext) -> pb.FactorTree:
        with self._rpc.reading() as uow:
            return tree_to_proto(get_tree(uow, resource_id(request.name, "factorTrees")))

    def ListFactorTrees(
        self, request: pb.ListFactorTreesRequest, context: grpc.ServicerContext
    ) -> pb.ListFactorTreesResponse:
        with self._rpc.reading() as uow:
            page = FACTOR_TREES.page(uow, request)
            found = [tree_to_proto(tree_of(row)) for row in page.rows]
            return pb.ListFactorTreesResponse(factor_trees=found, next_page_token=page.next_page_token)


def _period(request: pb.GetSatisfactionIndexRequest | pb.GetSurveyStatisticsRequest) -> tuple[datetime, datetime]:
    start, end = instant(request.start_time), instant(request.end_time)
    if start >= end:
        raise InvalidArgument("end_time", "must be after start_time", reason="EMPTY_PERIOD")
    return start, end


def _tree(uow: UnitOfWork, name: str) -> FactorTree:
    if name:
        return get_tree(uow, resource_id(name, "factorTrees", field="factor_tree"))
    return newest_tree(uow, DEFAULT_CODE) or get_tree(uow, f"{DEFAULT_CODE}-v1")

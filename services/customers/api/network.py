"""NetworkService."""

import grpc

from customers.api.batches import outcomes_to_proto
from customers.api.views import NODE_KINDS, node_to_proto, premises_to_proto
from customers.handlers import network as handlers
from customers.handlers.batches import Outcome
from customers.store.network import NODES, get_node, node_of
from customers.store.premises import PREMISES, premises_of
from customers.store.tables import premises
from hearthline.customers.v1 import network_pb2 as pb
from hearthline.customers.v1.network_pb2_grpc import NetworkServiceServicer
from servicekit.calls import Rpc
from servicekit.names import optional_id, resource_id


class NetworkApi(NetworkServiceServicer):
    """See network.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def CreateNetworkNode(self, request: pb.CreateNetworkNodeRequest, context: grpc.ServicerContext) -> pb.NetworkNode:
        return self._rpc.command(request, handlers.create_node, _creation(request), render=node_to_proto)

    def BatchCreateNetworkNodes(
        self, request: pb.BatchCreateNetworkNodesRequest, context: grpc.ServicerContext
    ) -> pb.BatchCreateNetworkNodesResponse:
        commands = [_creation(each) for each in request.requests]
        return self._rpc.command(request, handlers.create_many_nodes, commands, render=_batch)

    def GetNetworkNode(self, request: pb.GetNetworkNodeRequest, context: grpc.ServicerContext) -> pb.NetworkNode:
        with self._rpc.reading() as uow:
            return node_to_proto(get_node(uow, resource_id(request.name, "networkNodes")))

    def ListNetworkNodes(
        self, request: pb.ListNetworkNodesRequest, context: grpc.ServicerContext
    ) -> pb.ListNetworkNodesResponse:
        with self._rpc.reading() as uow:
            page = NODES.page(uow, request)
        found = [node_to_proto(node_of(row)) for row in page.rows]
        return pb.ListNetworkNodesResponse(network_nodes=found, next_page_token=page.next_page_token)

    def MoveNetworkNode(self, request: pb.MoveNetworkNodeRequest, context: grpc.ServicerContext) -> pb.NetworkNode:
        command = handlers.MoveNode(
            resource_id(request.name, "networkNodes"),
            optional_id(request.parent, "networkNodes", field="parent"),
            request.etag,
        )
        return self._rpc.command(request, handlers.move, command, render=node_to_proto)

    def ListAffectedPremises(
        self, request: pb.ListAffectedPremisesRequest, context: grpc.ServicerContext
    ) -> pb.ListAffectedPremisesResponse:
        node_id = resource_id(request.name, "networkNodes")
        with self._rpc.reading() as uow:
            get_node(uow, node_id)
            page = PREMISES.page(uow, request, premises.c.network_path.contains([node_id]))
        found = [premises_to_proto(premises_of(row)) for row in page.rows]
        return pb.ListAffectedPremisesResponse(premises=found, next_page_token=page.next_page_token)


def _creation(request: pb.CreateNetworkNodeRequest) -> handlers.CreateNode:
    node = request.network_node
    parent = optional_id(node.parent, "networkNodes", field="network_node.parent")
    return handlers.CreateNode(request.network_node_id, NODE_KINDS[node.kind], node.display_name, parent)


def _batch(outcomes: list[Outcome]) -> pb.BatchCreateNetworkNodesResponse:
    return pb.BatchCreateNetworkNodesResponse(outcomes=outcomes_to_proto(outcomes))

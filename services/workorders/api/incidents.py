"""IncidentService."""

import grpc

from hearthline.workorders.v1 import incidents_pb2 as pb
from hearthline.workorders.v1.incidents_pb2_grpc import IncidentServiceServicer
from servicekit.calls import Rpc
from servicekit.names import resource_id
from workorders.api.views import incident_to_proto
from workorders.store.tickets import INCIDENTS, get_incident, incident_of


class IncidentApi(IncidentServiceServicer):
    """See incidents.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def GetIncident(self, request: pb.GetIncidentRequest, context: grpc.ServicerContext) -> pb.Incident:
        with self._rpc.reading() as uow:
            return incident_to_proto(get_incident(uow, resource_id(request.name, "incidents")))

    def ListIncidents(
        self, request: pb.ListIncidentsRequest, context: grpc.ServicerContext
    ) -> pb.ListIncidentsResponse:
        with self._rpc.reading() as uow:
            page = INCIDENTS.page(uow, request)
        found = [incident_to_proto(incident_of(row)) for row in page.rows]
        return pb.ListIncidentsResponse(incidents=found, next_page_token=page.next_page_token)

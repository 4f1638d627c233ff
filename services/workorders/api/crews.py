"""CrewService."""

import grpc

from hearthline.workorders.v1 import crews_pb2 as pb
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceServicer
from servicekit.calls import Rpc
from servicekit.names import resource_id
from servicekit.update_masks import mask_of
from workorders.api.views import crew_to_proto
from workorders.domain.crew import Shift
from workorders.handlers.crews import DescribeCrew, create_crew, update_crew
from workorders.store.crews import CREWS, crew_of, get_crew

_UPDATABLE = ("display_name", "skills", "shifts", "on_call", "latitude", "longitude", "max_load")


class CrewApi(CrewServiceServicer):
    """See crews.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def CreateCrew(self, request: pb.CreateCrewRequest, context: grpc.ServicerContext) -> pb.Crew:
        return self._rpc.command(request, create_crew, _crew(request.crew_id, request.crew), render=crew_to_proto)

    def GetCrew(self, request: pb.GetCrewRequest, context: grpc.ServicerContext) -> pb.Crew:
        with self._rpc.reading() as uow:
            CREWS.check_reach(uow, request.name)
            return crew_to_proto(get_crew(uow, resource_id(request.name, "crews")))

    def ListCrews(self, request: pb.ListCrewsRequest, context: grpc.ServicerContext) -> pb.ListCrewsResponse:
        with self._rpc.reading() as uow:
            page = CREWS.page(uow, request)
        found = [crew_to_proto(crew_of(row)) for row in page.rows]
        return pb.ListCrewsResponse(crews=found, next_page_token=page.next_page_token)

    def UpdateCrew(self, request: pb.UpdateCrewRequest, context: grpc.ServicerContext) -> pb.Crew:
        mask = mask_of(request, _UPDATABLE)
        command = _crew(resource_id(request.crew.name, "crews", field="crew.name"), request.crew, mask)
        return self._rpc.command(request, update_crew, command, render=crew_to_proto)


def _crew(identifier: str, crew: pb.Crew, mask: frozenset[str] = frozenset()) -> DescribeCrew:
    return DescribeCrew(
        identifier,
        crew.display_name,
        frozenset(crew.skills),
        tuple(Shift(s.weekday, s.start_minute, s.end_minute) for s in crew.shifts),
        crew.on_call,
        crew.latitude,
        crew.longitude,
        crew.max_load,
        crew.etag,
        mask,
    )

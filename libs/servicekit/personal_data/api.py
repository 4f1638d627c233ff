"""PersonalDataService: hands a service's part of an export over, and says who read what of people (C9)."""

import grpc
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from sqlalchemy import select

from hearthline.privacy.v1 import personal_data_pb2 as pb
from hearthline.privacy.v1.personal_data_pb2_grpc import PersonalDataServiceServicer
from servicekit.accesses import KINDS, keep_access
from servicekit.calls import CURRENT_CALL, Rpc
from servicekit.listing import Listing
from servicekit.names import resource_id
from servicekit.reads import AnyRow
from servicekit.tables import accesses, personal_data_records
from servicekit.times import to_timestamp

_RECORDS = Listing(select(personal_data_records), {}, key=personal_data_records.c.number)
ACCESSES = Listing(
    select(accesses),
    {"reader": accesses.c.reader, "method": accesses.c.method, "access_time": accesses.c.time},
    key=accesses.c.id,
)


class PersonalDataApi(PersonalDataServiceServicer):
    """See personal_data.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def ListPersonalDataRecords(
        self, request: pb.ListPersonalDataRecordsRequest, context: grpc.ServicerContext
    ) -> pb.ListPersonalDataRecordsResponse:
        identifier = resource_id(request.parent, "dataRequests", field="parent")
        with self._rpc.reading() as uow:
            page = _RECORDS.page(uow, request, personal_data_records.c.data_request_id == identifier)
        # An export is of messages as they are, which no descriptor shows: what it tells is said here.
        about = {name: None for row in page.rows for name in (request.parent, f"customers/{row.customer_id}")}
        keep_access(self._rpc.kit, CURRENT_CALL.get(), about, KINDS if page.rows else ())
        records = [_to_proto(row) for row in page.rows]
        return pb.ListPersonalDataRecordsResponse(records=records, next_page_token=page.next_page_token)

    def ListAccesses(self, request: pb.ListAccessesRequest, context: grpc.ServicerContext) -> pb.ListAccessesResponse:
        about = [accesses.c.resources.contains([request.resource])] if request.resource else []
        with self._rpc.reading() as uow:
            page = ACCESSES.page(uow, request, *about)
        found = [_access_to_proto(row) for row in page.rows]
        return pb.ListAccessesResponse(accesses=found, next_page_token=page.next_page_token)


def _to_proto(row: AnyRow) -> pb.PersonalDataRecord:
    return pb.PersonalDataRecord(
        name=f"dataRequests/{row.data_request_id}/records/{row.number}",
        type=row.type,
        data=ParseDict(row.data, Struct()),
    )


def _access_to_proto(row: AnyRow) -> pb.Access:
    return pb.Access(
        name=f"accesses/{row.id}",
        reader=row.reader,
        roles=row.roles,
        method=row.method,
        resources=row.resources,
        resource_count=row.resource_count,
        kinds_in_clear=row.kinds_in_clear,
        access_time=to_timestamp(row.time),
        trace_id=row.trace_id,
    )

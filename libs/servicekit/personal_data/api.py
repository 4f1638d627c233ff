"""PersonalDataService: hands a service's part of an export over, page by page (C9)."""

import grpc
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from sqlalchemy import select

from hearthline.privacy.v1 import personal_data_pb2 as pb
from hearthline.privacy.v1.personal_data_pb2_grpc import PersonalDataServiceServicer
from servicekit.calls import Rpc
from servicekit.listing import Listing
from servicekit.names import resource_id
from servicekit.reads import AnyRow
from servicekit.tables import personal_data_records

_RECORDS = Listing(select(personal_data_records), {}, key=personal_data_records.c.number)


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
        records = [_to_proto(row) for row in page.rows]
        return pb.ListPersonalDataRecordsResponse(records=records, next_page_token=page.next_page_token)


def _to_proto(row: AnyRow) -> pb.PersonalDataRecord:
    return pb.PersonalDataRecord(
        name=f"dataRequests/{row.data_request_id}/records/{row.number}",
        type=row.type,
        data=ParseDict(row.data, Struct()),
    )

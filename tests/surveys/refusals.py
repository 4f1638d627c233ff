"""What a refused call says."""

from collections.abc import Callable
from typing import cast

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo  # type: ignore[import-untyped]
from grpc_status import rpc_status


def refused(call: Callable[[], object]) -> tuple[grpc.StatusCode, str, list[str]]:
    """Status code, reason and the fields named by a call that must fail."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = caught.value
    info, bad = ErrorInfo(), BadRequest()
    status = rpc_status.from_call(cast(grpc.Call, error))
    for detail in status.details if status else ():
        detail.Unpack(info)
        detail.Unpack(bad)
    return error.code(), info.reason, [violation.field for violation in bad.field_violations]

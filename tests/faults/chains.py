"""Whether every chain of sealed rows is whole after all that happened, and is what was published of it (P4, S13)."""

from importlib import import_module

from servicekit.service import Service
from tests.faults.house import House
from tests.faults.services import SERVICES, ServiceProcess
from tests.support.findings import Findings

_PATIENCE_S = 120.0


def check_chains(house: House) -> Findings:
    """Has each service verify its chains, as an operator does; no row may be left without its place."""
    found = Findings()
    with house.frozen():
        house.settle()
        logs = {service: house.home / f"verify-{service}.log" for service in SERVICES}
        verifying = {
            service: ServiceProcess(service, ["audit", "verify"], house.environment(service), log)
            for service, log in logs.items()
        }
        for service, process in verifying.items():
            if (code := process.wait(_PATIENCE_S)) != 0:
                found.lost.append(f"{service}: audit verify ended with {code}: {logs[service].read_text()}")
            made: Service = import_module(f"{service}.bootstrap").service(None)
            for sealed in made.sealed:
                query = f"SELECT count(*) FROM {sealed.name} WHERE position IS NULL"
                if unsealed := house.postgres.query(service, query)[0][0]:
                    found.lost.append(f"{service}: {unsealed} rows of {sealed.name} are not sealed")
    return found

"""`hearthline call`: any RPC of the platform from the command line, JSON in and JSON out."""

import json
import sys
from operator import methodcaller
from pathlib import Path
from typing import Annotated

import grpc
import typer
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from hearthline_cli.laptop import PORTS
from servicekit.client import connect


def call(
    method: Annotated[str, typer.Argument(help="for example hearthline.workorders.v1.TicketService/GetTicket")] = "",
    body: Annotated[str, typer.Argument(help="the request as JSON; '-' reads it from standard input")] = "{}",
    target: Annotated[str, typer.Option(help="host:port; the laptop's port of the method's service")] = "",
    actor: Annotated[str, typer.Option(help="who calls, for servers that trust their callers")] = "staff/console",
    roles: Annotated[str, typer.Option(help="roles by comma, likewise")] = "",
    token_file: Annotated[
        Path | None,
        typer.Option(envvar="HEARTHLINE_CALLER_TOKEN_FILE", help="proves who calls; see `hearthline token`"),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="speak TLS; without --ca by this machine's authorities")] = False,
    ca: Annotated[Path | None, typer.Option(help="PEM of the authority of the server; means --tls")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM of the caller's own certificate, for mTLS")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM of its private key")] = None,
    show_list: Annotated[bool, typer.Option("--list", help="show the methods instead")] = False,
) -> None:
    """Call an RPC and print its answer as JSON; the platform's own reflection says what there is.

    Example: hearthline call hearthline.customers.v1.CustomerService/SearchCustomers '{"nameQuery": "王伟"}'

    With TLS and a token: hearthline call --target api.example:443 --tls --token-file token METHOD

    With mTLS: hearthline call --target api.example:443 --ca ca.crt --certificate tls.crt --key tls.key METHOD

    HEARTHLINE_CALLER_TLS names a folder with ca.crt, tls.crt and tls.key instead.
    """
    credentials = _credentials(tls, ca, certificate, key)
    _check_file("--token-file", token_file)
    if show_list:
        return _list_all(target, token_file, credentials)
    package = method.split(".")[1] if method.count(".") >= 2 else ""
    # The operations service is every service's own: it has no port of its name, and is asked at a target.
    if "/" not in method or not (target or package in PORTS):
        raise typer.BadParameter("a method is named package.Service/Method; --list shows them")
    where = target or f"127.0.0.1:{PORTS[package]}"
    with connect(where, actor, roles.split(","), token=token_file, credentials=credentials) as channel:
        try:
            print(_call(channel, method, sys.stdin.read() if body == "-" else body))
        except grpc.RpcError as error:
            typer.echo(f"{error.code().name}: {error.details()}", err=True)
            raise typer.Exit(1) from error
        except (json.JSONDecodeError, json_format.ParseError, KeyError) as error:
            typer.echo(f"call: {error}", err=True)
            raise typer.Exit(2) from error


def _call(channel: grpc.Channel, method: str, body: str) -> str:
    found = _method(channel, method)
    request = json_format.Parse(body, message_factory.GetMessageClass(found.input_type)())
    reply = message_factory.GetMessageClass(found.output_type)
    invoke: grpc.UnaryUnaryMultiCallable[Message, Message] = channel.unary_unary(
        f"/{method}", request_serializer=methodcaller("SerializeToString"), response_deserializer=reply.FromString
    )
    answer = invoke(request)
    return json_format.MessageToJson(answer, ensure_ascii=False)


def _method(channel: grpc.Channel, method: str) -> MethodDescriptor:
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    service, _, name = method.partition("/")
    return pool.FindServiceByName(service).methods_by_name[name]


def _credentials(
    tls: bool, ca: Path | None, certificate: Path | None, key: Path | None
) -> grpc.ChannelCredentials | None:
    """What --tls, --ca, --certificate and --key ask for; None without any of them."""
    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate and --key go together")
    given = {"--ca": ca, "--key": key, "--certificate": certificate}
    for option, path in given.items():
        _check_file(option, path)
    if not (tls or ca or certificate):
        return None
    return grpc.ssl_channel_credentials(*(path.read_bytes() if path else None for path in given.values()))


def _list_all(target: str, token: Path | None, credentials: grpc.ChannelCredentials | None) -> None:
    for service in PORTS:
        _list(target or f"127.0.0.1:{PORTS[service]}", service, token, credentials)


def _check_file(option: str, path: Path | None) -> None:
    if path is not None and not path.is_file():
        raise typer.BadParameter(f"{path} is no file", param_hint=option)


def _list(target: str, service: str, token: Path | None, credentials: grpc.ChannelCredentials | None) -> None:
    with connect(target, "staff/console", token=token, credentials=credentials) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        try:
            names = [name for name in database.get_services() if name.startswith("hearthline.")]
        except grpc.RpcError as error:
            typer.echo(f"{service}: {error.details()}", err=True)
            raise typer.Exit(1) from error
        for name in names:
            file: FileDescriptorProto = database.FindFileContainingSymbol(name)
            for found in file.service:
                if name.endswith(f".{found.name}"):
                    print("\n".join(f"{name}/{method.name}" for method in found.method))

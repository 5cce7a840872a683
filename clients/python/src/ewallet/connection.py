"""Where a server is, and how it is reached."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import grpc

Address = str | Sequence[str]
ChannelOptions = Mapping[str, str | int]


@dataclass(frozen=True)
class Tls:
    """Certificates and keys, in PEM."""

    root_certificates: bytes | None = None
    """Who signed the server's certificate. None: who this machine trusts."""
    private_key: bytes | None = field(default=None, repr=False)
    certificate_chain: bytes | None = None

    def to_grpc(self) -> grpc.ChannelCredentials:
        """As grpc takes it."""
        return grpc.ssl_channel_credentials(
            self.root_certificates, self.private_key, self.certificate_chain
        )


_CHANNEL_OPTIONS: dict[str, str | int] = {
    # A server that comes back is found within seconds. The library's own limit is two minutes.
    "grpc.initial_reconnect_backoff_ms": 100,
    # An attempt to connect may take so long: of several addresses, the next one is tried then.
    "grpc.min_reconnect_backoff_ms": 5_000,
    "grpc.max_reconnect_backoff_ms": 5_000,
    # A connection that died without a word is noticed within a minute and a half, while calls are under way.
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    # Calls are sent again by this package, which knows which ones may be.
    "grpc.service_config_disable_resolution": 1,
}


@dataclass(frozen=True)
class Target:
    """Where a client connects to."""

    name: str
    credentials: grpc.ChannelCredentials | None
    """None: in clear."""
    options: tuple[tuple[str, str | int], ...]


def make_target(
    address: Address,
    tls: bool | Tls | None,
    channel_options: ChannelOptions,
    *,
    own_connection: bool,
) -> Target:
    """Reads an address, or several. Raises ValueError when one is no `host:port`, or of several one is no `ip:port`."""
    addresses = [address] if isinstance(address, str) else list(address)
    if not addresses:
        raise ValueError("address is empty: give host:port.")
    hosts = [_host(item) for item in addresses]
    if tls is None:
        tls = not all(_is_this_machine(host) for host in hosts)
    if tls is True:
        tls = Tls()
    options = {**_CHANNEL_OPTIONS, **channel_options}
    if own_connection:
        # Channels with equal options share connections otherwise.
        options["grpc.use_local_subchannel_pool"] = 1
    name = addresses[0] if len(addresses) == 1 else _several(addresses, hosts)
    credentials = tls.to_grpc() if isinstance(tls, Tls) else None
    return Target(name, credentials, tuple(options.items()))


def _several(addresses: Sequence[str], hosts: Sequence[str]) -> str:
    try:
        versions = {ipaddress.ip_address(host).version for host in hosts}
    except ValueError as error:
        raise ValueError(f"Of several addresses each must be ip:port: {error}.") from None
    if len(versions) > 1:
        raise ValueError("Several addresses must all be IPv4, or all IPv6.")
    return f"ipv{versions.pop()}:{','.join(addresses)}"


def _host(address: str) -> str:
    host, separator, port = address.rpartition(":")
    if not separator or not host or not port.isdigit():
        raise ValueError(f"address must be host:port, not {address!r}.")
    return host.removeprefix("[").removesuffix("]")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

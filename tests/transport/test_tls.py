"""Trust over a real TLS server: the right root, a rogue one, an expired one, a wrong name."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from llmchat.errors import ConfigError, TlsError
from llmchat.transport import Wire
from llmchat.transport.errors.certificate import Certificate, read_certificate, shown_by
from llmchat.transport.tls import trusting_context
from llmchat.transport.wire import plain_context
from llmchat.values.endpoint import Deadlines, Endpoint
from tests.servers.scripted import Server, Visit, always, head, serving, whole
from tests.transport.conftest import Certified


async def fetched(server: Server, *, bundle: str = "", host: str = "localhost") -> bytes:
    wire = Wire(Endpoint(ca_bundle=bundle, deadlines=Deadlines(connect=5)))
    try:
        async with wire.send("GET", f"https://{host}:{server.port}/") as reply:
            return await reply.whole()
    finally:
        await wire.aclose()


async def refused(server: Server, *, bundle: str = "", host: str = "localhost") -> TlsError:
    with pytest.raises(TlsError) as caught:
        await fetched(server, bundle=bundle, host=host)
    assert caught.value.exit_code == 5
    assert f"{host}:{server.port}" in caught.value.message
    assert "\n" not in caught.value.message
    assert not any(w in caught.value.hint.lower() for w in ("verify", "insecure", "disable", "off"))
    return caught.value


async def test_a_root_of_the_bundle_is_trusted(certified: Certified, bundle: str) -> None:
    async with serving(always(whole("ok")), tls=certified()) as server:
        assert await fetched(server, bundle=bundle) == b"ok"


def test_roots_of_the_environment_that_cannot_be_read_are_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "roots.pem"
    broken.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(broken))
    with pytest.raises(ConfigError, match="cannot read the certificate bundle") as caught:
        trusting_context()
    assert str(broken) in caught.value.message
    assert "SSL_CERT_FILE" in caught.value.hint


async def test_roots_of_a_provider_are_trusted_for_its_hosts_alone(
    certified: Certified, authority: trustme.CA
) -> None:
    pem = authority.cert_pem.bytes().decode()

    def trust(host: str) -> tuple[str, ...]:
        return (pem,) if host == "localhost" else ()

    async with serving(always(whole("ok")), tls=certified("127.0.0.1")) as server:
        wire = Wire(Endpoint(), trust=trust)
        with pytest.raises(TlsError):
            async with wire.send("GET", f"https://127.0.0.1:{server.port}/"):
                pass
        await wire.aclose()
    async with serving(always(whole("ok")), tls=certified()) as server:
        wire = Wire(Endpoint(), trust=trust)
        async with wire.send("GET", server.url) as reply:
            assert await reply.whole() == b"ok"
        await wire.aclose()


async def test_an_unknown_root_is_named_with_its_dates(certified: Certified) -> None:
    async with serving(always(whole("ok")), tls=certified()) as server:
        error = await refused(server)
    today = datetime.now(UTC).date()
    assert "issued by" in error.message
    assert "Test Roots" in error.message
    assert str(today + timedelta(days=1)) in error.message
    assert "ca_bundle" in error.hint
    assert server.asked == []  # the other look sent nothing


async def test_a_rogue_root_is_not_trusted_beside_the_good_one(
    certified: Certified, bundle: str, rogue: trustme.CA
) -> None:
    async with serving(always(whole("ok")), tls=certified(by=rogue)) as server:
        error = await refused(server, bundle=bundle)
    assert "Rogue Roots" in error.message
    assert server.asked == []


async def test_an_expired_certificate_names_its_dates_and_the_clock(
    certified: Certified, bundle: str
) -> None:
    async with serving(always(whole("ok")), tls=certified(days=-3)) as server:
        error = await refused(server, bundle=bundle)
    assert "expired" in error.message
    assert str((datetime.now(UTC) - timedelta(days=3)).date()) in error.message
    assert "clock" in error.hint


async def test_a_certificate_that_is_not_valid_yet_points_at_the_clock(
    certified: Certified, bundle: str
) -> None:
    async with serving(always(whole("ok")), tls=certified(days=60)) as server:
        error = await refused(server, bundle=bundle)
    assert "not yet valid" in error.message
    assert "clock" in error.hint


async def test_a_certificate_for_another_host_is_named(certified: Certified, bundle: str) -> None:
    async with serving(always(whole("ok")), tls=certified("other.example")) as server:
        error = await refused(server, bundle=bundle)
    assert "mismatch" in error.message
    assert "other.example" in error.message
    assert "host name" in error.hint


async def test_a_server_without_tls_is_told_apart_from_a_bad_certificate() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(plain, "127.0.0.1", 0)
    error = await refused(Server(listening.sockets[0].getsockname()[1]))
    listening.close()
    assert "does not speak TLS" in error.message
    assert "port" in error.hint


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_a_server_that_knows_only_an_old_tls_is_told_as_that(
    certified: Certified, bundle: str
) -> None:
    old = certified()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1

    def shake_hands(listening: socket.socket) -> None:
        """Makes a TLS handshake with plain sockets, because asyncio would hang up without a
        reason."""
        visitor, _ = listening.accept()
        with suppress(ssl.SSLError), visitor:
            old.wrap_socket(visitor, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        served = asyncio.create_task(asyncio.to_thread(shake_hands, listening))
        error = await refused(Server(listening.getsockname()[1]), bundle=bundle)
        await served
    assert "does not speak TLS 1.2" in error.message
    assert "ca_bundle" not in error.hint


async def test_a_server_that_hangs_up_in_the_handshake_gives_a_network_error() -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    listening = await asyncio.start_server(rude, "127.0.0.1", 0)
    error = await refused(Server(listening.sockets[0].getsockname()[1]))
    listening.close()
    assert "no secure connection" in error.message


async def test_a_tls_stream_that_never_says_goodbye_is_left_at_once(
    certified: Certified, bundle: str
) -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, content_length=10) + b"abc")
        await visit.hung_up()

    async with serving(script, tls=certified()) as server:
        wire = Wire(Endpoint(ca_bundle=bundle))
        async with asyncio.timeout(60):
            async with wire.send("GET", server.url) as reply:
                async for _ in reply.chunks():
                    break
            await wire.aclose()
            await server.until_closed()


async def test_another_look_at_a_certificate_is_bounded_and_may_fail() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with asyncio.timeout(60):
            assert await shown_by("127.0.0.1", silent.getsockname()[1]) is None
    assert await shown_by("127.0.0.1", 1) is None


def test_a_certificate_tells_subject_issuer_dates_and_names() -> None:
    ca = trustme.CA(organization_name="Орган", organization_unit_name="x")
    leaf = ca.issue_cert("a.example", "b.example", common_name="Имя")
    der = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())
    told = read_certificate(der)
    assert told.subject.startswith("Имя (")
    assert "Орган" in told.issuer
    assert told.names == ("a.example", "b.example")
    assert len(told.begins) == len(told.ends) == len("2026-01-31")


def test_a_certificate_that_signed_itself_says_so() -> None:
    assert str(Certificate("a", "a", "2026-01-01", "2027-01-01", signed_itself=True)) == (
        "a, issued by itself, valid 2026-01-01 to 2027-01-01"
    )
    ca = ssl.PEM_cert_to_DER_cert(trustme.CA().cert_pem.bytes().decode())
    assert "issued by itself" in str(read_certificate(ca))


def test_an_issuer_of_the_same_organisation_is_not_the_certificate_itself() -> None:
    leaf = trustme.CA(organization_name="Firm").issue_cert("a.example", organization_name="Firm")
    der = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())
    assert "Firm for a.example, issued by Firm, valid" in str(read_certificate(der))


def test_garbage_in_place_of_a_certificate_is_a_value_error() -> None:
    leaf = trustme.CA().issue_cert("a.example")
    der = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())
    for cut in range(len(der)):
        with pytest.raises(ValueError):  # noqa: PT011  # whatever its words are
            read_certificate(der[:cut])
    for broken in (b"", b"\x30", b"\x30\x84", b"\x02\x01\x00", b"\x30\x82\xff\xff\x00"):
        with pytest.raises(ValueError):  # noqa: PT011
            read_certificate(broken)


def test_every_context_verifies(bundle: str) -> None:
    for context in (plain_context(), trusting_context(), trusting_context(bundle=bundle)):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_the_source_holds_no_way_to_switch_verification_off() -> None:
    root = Path(__file__).parents[2] / "llmchat"
    for path in root.rglob("*.py"):
        text = path.read_text("utf-8")
        for word in ("CERT_NONE", "verify=False", "check_hostname = False", "_create_unverified"):
            assert word not in text, path


def test_a_context_for_http_trusts_nobody() -> None:
    assert plain_context().get_ca_certs() == []


def test_a_bundle_may_be_a_folder_and_a_missing_or_broken_one_is_a_setting(
    tmp_path: Path, nowhere: Path
) -> None:
    (tmp_path / "0123abcd.0").touch()
    trusting_context(bundle=str(tmp_path))
    with pytest.raises(ConfigError, match="does not exist"):
        trusting_context(bundle=str(nowhere))
    nowhere.write_text("no certificate")
    with pytest.raises(ConfigError, match="cannot read"):
        trusting_context(bundle=str(nowhere))


def test_a_folder_of_certificates_without_hashed_names_is_told(
    tmp_path: Path, authority: trustme.CA
) -> None:
    """OpenSSL would find nothing in it, and every handshake would fail without a reason."""
    authority.cert_pem.write_to_path(str(tmp_path / "root.pem"))
    with pytest.raises(ConfigError, match="named by its hash") as caught:
        trusting_context(bundle=str(tmp_path))
    assert "openssl rehash" in caught.value.hint
    (tmp_path / "0123abcd.0").symlink_to("root.pem")
    assert trusting_context(bundle=str(tmp_path))


def test_a_pipe_as_a_bundle_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "roots.pem")
    with pytest.raises(ConfigError, match="not a regular file"):
        trusting_context(bundle=str(tmp_path / "roots.pem"))


def test_a_pipe_in_a_folder_of_certificates_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "0123abcd.0")
    with pytest.raises(ConfigError, match=r"0123abcd\.0: not a regular file"):
        trusting_context(bundle=str(tmp_path))


def test_a_pipe_as_the_machines_folder_of_certificates_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    environ = {**os.environ, "SSL_CERT_DIR": str(tmp_path / "pipe")}
    code = "from llmchat.transport.tls import trusting_context; trusting_context()"
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=60)

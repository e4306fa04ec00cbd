"""What a foreign certificate says about itself, read as a library reads it, and never an error."""

from __future__ import annotations

import contextlib

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from llmchat.root_certificate import RUSSIAN_ROOT
from llmchat.transport.errors.certificate import read_certificate


def der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def test_the_russian_root_is_read_as_a_library_reads_it() -> None:
    true = x509.load_pem_x509_certificate(RUSSIAN_ROOT.read_bytes())
    found = read_certificate(der(RUSSIAN_ROOT.read_bytes()))
    assert found.subject == found.issuer
    assert found.subject.startswith("Russian Trusted Root CA (The Ministry of Digital")
    assert found.begins == f"{true.not_valid_before_utc:%Y-%m-%d}"
    assert found.ends == f"{true.not_valid_after_utc:%Y-%m-%d}"


def test_an_issued_certificate_tells_its_names_and_its_issuer() -> None:
    authority = trustme.CA(organization_name="Das Amt")
    issued = authority.issue_cert("a.example", "b.example").cert_chain_pems[0].bytes()
    found = read_certificate(der(issued))
    assert found.names == ("a.example", "b.example")
    assert "Das Amt" in found.issuer
    assert "for a.example, b.example, issued by" in str(found)


@pytest.mark.parametrize(
    "key", ["sk-client-9f8e7d6c5b4a3928", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "ghp_a1B2a1B2a1B2"]
)
def test_what_looks_like_a_key_is_not_told(key: str) -> None:
    authority = trustme.CA(organization_name=f"Bearer {key}")
    issued = authority.issue_cert("a.example", common_name=f"for {key}").cert_chain_pems[0].bytes()
    told = str(read_certificate(der(issued)))
    assert (key[-8:] in told, "***" in told) == (False, True)


@given(st.binary(max_size=200), st.integers(0, 1400), st.integers(0, 255))
def test_garbage_is_a_value_error_at_most(junk: bytes, at: int, byte: int) -> None:
    damaged = bytearray(der(RUSSIAN_ROOT.read_bytes()))
    damaged[at % len(damaged)] = byte
    for data in (junk, bytes(damaged), bytes(damaged[:at])):
        with contextlib.suppress(ValueError):
            read_certificate(data)


def test_nothing_is_no_certificate() -> None:
    with pytest.raises(ValueError, match="not a certificate"):
        read_certificate(b"")

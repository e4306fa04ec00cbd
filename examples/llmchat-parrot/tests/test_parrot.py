"""The contract of a provider, in one line."""

from llmchat_parrot.provider import Parrot

from llmchat.plugin.testing import assert_conforms


def test_conformance() -> None:
    assert_conforms(Parrot)

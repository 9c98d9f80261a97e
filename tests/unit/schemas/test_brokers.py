"""How clients reach the broker."""

from pathlib import Path

import pytest

from schemas.brokers import at, client_options, ssl_context
from schemas.errors import ConfigError
from schemas.settings import Kafka
from schemas.units import Secret

SASL = Kafka(
    bootstrap="b1:9093, b2:9093",
    security_protocol="SASL_SSL",
    sasl_username="vigie",
    sasl_password=Secret("a password of the test"),
)


def test_a_bare_address_has_no_security():
    assert client_options("b1:9092,b2:9092") == {"bootstrap_servers": ["b1:9092", "b2:9092"]}
    assert client_options(Kafka(bootstrap="b1:9092")) == client_options("b1:9092")


def test_name_password_and_certificates_reach_the_client():
    options = client_options(SASL)

    assert options["bootstrap_servers"] == ["b1:9093", "b2:9093"]
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("vigie", "a password of the test")
    context = ssl_context(SASL)
    assert context is not None
    assert context.check_hostname


def test_the_password_does_not_print():
    assert "a password of the test" not in repr(SASL)


def test_sasl_without_a_password_says_which_variable():
    with pytest.raises(ConfigError, match="name and a password") as caught:
        client_options(Kafka(bootstrap="b", security_protocol="SASL_SSL", sasl_username="vigie"))

    assert "VIGIE_KAFKA__SASL_PASSWORD" in caught.value.fix


def test_a_certificate_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(ConfigError, match="certificate"):
        client_options(Kafka(bootstrap="b", security_protocol="SSL", ca_file=str(tmp_path / "none.pem")))


def test_the_embedded_broker_has_no_security_whatever_is_set():
    assert at(Kafka(security_protocol="SSL"), "127.0.0.1:1").security_protocol == "PLAINTEXT"
    assert at(SASL, "b3:9093").security_protocol == "SASL_SSL"

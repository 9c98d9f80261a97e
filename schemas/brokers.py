"""How a Kafka client reaches the broker and proves who it is: the one place where its arguments are made.

The same arguments fit kafka-python and aiokafka; Faust is given the context and the credentials.
"""

import ssl

import msgspec

from schemas.errors import ConfigError
from schemas.settings import Kafka

Broker = Kafka | str  # a bare address has no security: the embedded broker, which is on loopback


def at(kafka: Kafka, bootstrap: str) -> Kafka:
    """The settings for a broker that was found; one that is not of the settings is the embedded one."""
    security = kafka.security_protocol if kafka.bootstrap else "PLAINTEXT"
    return msgspec.structs.replace(kafka, bootstrap=bootstrap, security_protocol=security)


def address(broker: Broker) -> str:
    """Where it is, for a message."""
    return broker if isinstance(broker, str) else broker.bootstrap


def client_options(broker: Broker) -> dict[str, object]:
    """Keyword arguments of a client of kafka-python or aiokafka. They hold the password: never log them.

    Raises:
        ConfigError: a certificate cannot be read, or name and password are missing.
    """
    options: dict[str, object] = {"bootstrap_servers": [one.strip() for one in address(broker).split(",")]}
    if isinstance(broker, str) or broker.security_protocol == "PLAINTEXT":
        return options
    options["security_protocol"] = broker.security_protocol
    context = ssl_context(broker)
    if context is not None:
        options["ssl_context"] = context
    if uses_sasl(broker):
        options |= {
            "sasl_mechanism": broker.sasl_mechanism,
            "sasl_plain_username": broker.sasl_username,
            "sasl_plain_password": broker.sasl_password.reveal(),
        }
    return options


def uses_sasl(kafka: Kafka) -> bool:
    """Whether the client proves who it is by name and password.

    Raises:
        ConfigError: it does, and one of them is missing.
    """
    if not kafka.security_protocol.startswith("SASL_"):
        return False
    if not kafka.sasl_username or not kafka.sasl_password:
        raise ConfigError(
            f"{kafka.security_protocol} needs a name and a password",
            where="kafka.sasl_username, kafka.sasl_password",
            fix="Set kafka.sasl_username, and VIGIE_KAFKA__SASL_PASSWORD in the environment.",
        )
    return True


def ssl_context(kafka: Kafka) -> ssl.SSLContext | None:
    """The certificates to believe, and the client's own; None without TLS. Names of hosts are always checked.

    Raises:
        ConfigError: a file cannot be read.
    """
    if not kafka.security_protocol.endswith("SSL"):
        return None
    try:
        context = ssl.create_default_context(cafile=kafka.ca_file or None)
        if kafka.certificate:
            context.load_cert_chain(kafka.certificate, kafka.certificate_key or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"a certificate cannot be read: {error.strerror or type(error).__name__}",
            where="kafka.ca_file, kafka.certificate, kafka.certificate_key",
            fix="Name PEM files that this process may read.",
        ) from None
    return context

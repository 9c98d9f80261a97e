"""Every error of ours. The class decides the action.

VigieError
├── ConfigError        stop, exit 2: a person must change a setting or an argument
├── ConnectorError     a network or file could not be read
│   ├── Refused        stop this account: credentials or permission
│   ├── Unavailable    retry with backoff, not before retry_after_s: timeout, 5xx, 429
│   ├── Missing        skip: what was asked for is not there, or not any more
│   └── Malformed      dead letter: this item, never the page
├── DecodeError        dead letter: the bytes on a topic are not the schema
├── StoreError         retry, then stop without acknowledging: ClickHouse did not take the batch
├── BrokerError        retry, then stop: Kafka did not answer or did not take a record
└── ProvisionError     stop, exit 1: a migration, topic, board or process could not be set up
"""


class VigieError(Exception):
    """What was wrong, with which input, how to fix it.

    `where` names things (file and line, table, topic, setting), never a person, a text or a secret.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.fix:
            parts.append(self.fix)
        return ". ".join(part.rstrip(".") for part in parts) + "."


class ConfigError(VigieError):
    """A setting or an argument is wrong."""


class ConnectorError(VigieError):
    """A network or file could not be read."""


class Refused(ConnectorError):
    """The network refused: credentials or permission."""


class Unavailable(ConnectorError):
    """The network did not answer, or asked to come back later: in `retry_after_s` seconds, when it said so."""

    def __init__(self, what: str, *, where: str = "", fix: str = "", retry_after_s: float = 0.0) -> None:
        super().__init__(what, where=where, fix=fix)
        self.retry_after_s = retry_after_s


class Missing(ConnectorError):
    """What was asked for is not there, or not any more."""


class Malformed(ConnectorError):
    """One item is not what the network documents."""


class DecodeError(VigieError):
    """Bytes on a topic are not the schema."""


class StoreError(VigieError):
    """ClickHouse did not take the batch or did not answer."""


class BrokerError(VigieError):
    """Kafka did not answer or did not take a record."""


class ProvisionError(VigieError):
    """A migration, topic, board or process could not be set up."""

"""Ask a health page on loopback: `python -m deploy.probe [ready|up] [PORT]`, exit code 0 or 1.

For the health checks of containers, every few seconds beside the work: hence the standard library alone, where the
`vigie` command with all that it imports would cost half a second of processor time each.
"""

import http.client
import json
import sys
from collections.abc import Sequence

PORT = 6066  # where the images let a worker answer
_TIMEOUT_S = 4.0


def main(arguments: Sequence[str]) -> int:
    """0 when the page says that all is well, with `ready` only when the worker has its partitions too.

    With `up` whatever the page says: a canary that no event reaches is not mended by a restart.
    """
    ready, up = "ready" in arguments, "up" in arguments
    port = next((int(argument) for argument in arguments if argument.isdigit()), PORT)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        body = answer.read(65_536)
        well = answer.status == 200 and (not ready or json.loads(body)["ready"] is True)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        sys.stdout.write(f"port {port}: {type(error).__name__}\n")
        return 1
    sys.stdout.write(f"{answer.status} {body.decode('utf-8', 'replace')}\n")
    return 0 if well or up else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

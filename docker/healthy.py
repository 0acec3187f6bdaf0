"""Exit 0 when the Hub of this container is ready, as its own control API says."""

import os
import sys
import urllib.request

PORT = os.environ.get("HUBEMU_HTTP_PORT", "8671")

try:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/ready", timeout=4) as answer:
        sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(f"not ready: {error}")

"""A conversion service that makes of the case of one side a bare case of the other.

It keeps to the official service's contract: POST /convert takes `edxl`, versions and
`cisuConversion`, and answers `converted_messages`, or status 400 with `error`.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OTHER = {"createCase": "createCaseHealth", "createCaseHealth": "createCase"}
KEPT = ("caseId", "creation")
"""What both kinds of case have and mean alike; the Hub refuses what it cannot read."""


class Service(BaseHTTPRequestHandler):
    """Answers one conversion after the other."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Convert."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            self._answer(200, {"converted_messages": [converted(json.loads(body))]})
        except (ValueError, LookupError, TypeError) as error:
            self._answer(400, {"error": f"cannot be converted: {error}"})

    def _answer(self, status: int, content: dict[str, object]) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def converted(request: dict[str, Any]) -> object:
    """The message of a request, with a case of the other side."""
    edxl = request["edxl"]
    content = edxl["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    name = next(key for key in OTHER if key in content)
    case = content.pop(name)
    content[OTHER[name]] = {key: case[key] for key in KEPT if key in case}
    return edxl


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8080), Service).serve_forever()

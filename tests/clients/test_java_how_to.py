"""The how-to's Java program compiles and runs as printed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.conftest import REPOSITORY, missing
from tests.support.languages import ClientMissing, java_classpath
from tests.support.live import live_hub
from tests.support.messages import as_bytes, envelope

HOW_TO = (REPOSITORY / "docs" / "how-to.md").read_text("utf-8")
SINCE_5_4 = "        factory.enableHostnameVerification();  // amqp-client 5.4 or newer\n"


def printed(classpath: str) -> str:
    """The program; where the client is older than 5.4, less the call it lacks."""
    (program,) = map(str, re.findall(r"```java\n(.*?)```", HOW_TO, re.DOTALL))
    assert SINCE_5_4 in program
    described = subprocess.run(
        ["javap", "-cp", classpath, "com.rabbitmq.client.ConnectionFactory"],
        capture_output=True,
        text=True,
        check=True,
    )
    if "enableHostnameVerification" in described.stdout:
        return program
    return program.replace(SINCE_5_4, "")


def test_the_java_program_runs_as_printed(tmp_path: Path) -> None:
    try:
        classpath = java_classpath()
    except ClientMissing as reason:
        missing("java", str(reason))
    (tmp_path / "message.json").write_bytes(
        as_bytes(envelope("fr.health.samuA", "fr.health.samuB"))
    )
    with live_hub(tmp_path / ".hubemu") as hub:
        program = printed(classpath).replace("5671", str(hub.port))
        (tmp_path / "FirstExchange.java").write_text(program)
        done = subprocess.run(
            ["java", "-cp", classpath, "FirstExchange.java"],
            cwd=tmp_path,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["sent", "received", "application/xml"]

"""The official library imported: as it is, whole, and with what a release adds."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.messages import (
    InvalidMessage,
    builtin_releases,
    dump_json,
    example_message,
    example_tree,
    load_release,
)
from hubemu.messages.releases.catalogue import release_files
from hubemu.messages.releases.differences import compare_releases
from hubemu.messages.releases.fetching import fetch_release
from hubemu.messages.releases.importing import import_release
from hubemu.messages.releases.release import Release
from hubemu.messages.releases.store import find_stored, load_stored, stored_releases
from hubemu.user_cache import user_cache
from tests.support.mutations import damage_json


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("HUBEMU_DATA", str(folder))
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A model library of our own making: the built-in 3.0.0 as files."""
    files = release_files("3.0.0")
    folder = tmp_path / "3.9.9"
    for place, contents in (
        ("json-schema", {n: json.dumps(s).encode() for n, s in files.json_schemas.items()}),
        ("xsd", dict(files.xsds)),
    ):
        (folder / place).mkdir(parents=True)
        for name, content in contents.items():
            (folder / place / name).write_bytes(content)
    return folder


def test_a_release_is_that_of_the_data_folder_of_now(
    library: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_release(library, "3.9.9")
    assert load_release("3.9.9") is load_release("3.9.9")
    monkeypatch.setenv("HUBEMU_DATA", str(tmp_path / "another"))
    with pytest.raises(InputError, match=r"3\.9\.9"):
        load_release("3.9.9")
    monkeypatch.setenv("HUBEMU_DATA", str(data))
    assert load_release("3.9.9").name == "3.9.9"


def _refusal(release: Release, body: bytes) -> str | None:
    try:
        release.validate(body, "json")
    except InvalidMessage as error:
        return error.cause
    return None


@pytest.mark.official
@pytest.mark.parametrize("name", builtin_releases())
def test_an_official_release_imported_says_what_the_built_in_one_says(
    name: str, official: Path
) -> None:
    import_release(official / name, f"official-{name}")
    built_in, imported = load_release(name), load_release(f"official-{name}")
    assert (imported.line, imported.namespace) == (built_in.line, built_in.namespace)
    assert {t.name: t for t in imported.types.values()} == dict(built_in.types)
    random = Random(name)
    for type_name in built_in.types:
        tree = example_tree(type_name, built_in, seed=1)
        assert imported.write_tree(tree, "xml") == built_in.write_tree(tree, "xml")
        for _ in range(10):
            body = dump_json(damage_json(tree, random))
            ours, theirs = (_refusal(release, body) for release in (built_in, imported))
            assert set((ours or "").split("\n")) == set((theirs or "").split("\n"))


def test_the_name_is_the_folder_s_unless_given(library: Path) -> None:
    assert import_release(library).name == "3.9.9"
    assert import_release(library, "mine").name == "mine"
    assert [stored.name for stored in stored_releases()] == ["3.9.9", "mine"]


def test_a_checkout_has_its_schemas_in_its_resources(library: Path, tmp_path: Path) -> None:
    resources = tmp_path / "checkout" / "src" / "main" / "resources"
    shutil.copytree(library, resources)
    assert import_release(tmp_path / "checkout", "3.8.8").types


def test_a_type_that_a_release_adds_needs_no_code(library: Path) -> None:
    _add_type(library, "RC-NEW", "brandNew", "urn:emergency:eda:1.9:brandnew")
    import_release(library, "with-a-new-type")
    release = load_release("with-a-new-type")
    assert release.types["RC-NEW"].namespace == "urn:emergency:eda:1.9:brandnew"
    body = example_message("RC-NEW", release)
    xml = release.write(release.parse(body, "json"), "xml")
    assert release.write(release.parse(xml, "xml"), "json") == body
    with pytest.raises(InvalidMessage, match=r"brandNew\.count: string found, integer expected"):
        release.validate(body.replace(b'"count":', b'"count":"x","y":'), "json")
    differences = compare_releases(load_release("3.0.0"), release)
    assert [(one.type, one.status) for one in differences] == [("RC-NEW", "added")]


def _add_type(library: Path, name: str, key: str, namespace: str) -> None:
    fields = {"count": {"type": "integer"}, "caseId": {"type": "string", "pattern": "^[a-z]{3}$"}}
    schema = {"type": "object", "required": ["count"], "properties": fields}
    (library / "json-schema" / f"{name}.schema.json").write_text(
        json.dumps(schema | {"additionalProperties": False})
    )
    full = library / "json-schema" / "EDXL-DE-full.schema.json"
    tree: dict[str, Any] = json.loads(full.read_text())
    branches = tree["definitions"]["EmbeddedJsonContent"]["oneOf"]
    branches.append(
        json.loads(json.dumps(branches[0]).replace("RC-REF", name).replace("reference", key))
    )
    full.write_text(json.dumps(tree))
    (library / "xsd" / f"{name}.xsd").write_text(
        f'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}" '
        f'elementFormDefault="qualified"><element name="{key}"><complexType><sequence>'
        '<element name="count" type="int"/>'
        '<element name="caseId" type="string" minOccurs="0"/>'
        "</sequence></complexType></element></schema>"
    )
    content = library / "xsd" / "RC-XML-ContentType.xsd"
    text = content.read_text()
    text = text.replace(
        '<xs:include schemaLocation="RC-DE.xsd"/>',
        f'<xs:import namespace="{namespace}" schemaLocation="{name}.xsd"/>'
        '<xs:include schemaLocation="RC-DE.xsd"/>',
        1,
    )
    content.write_text(
        text.replace(
            "<xs:choice>", f'<xs:choice><xs:element xmlns:n="{namespace}" ref="n:{key}"/>', 1
        )
    )


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("json-schema/RS-EDA.schema.json", None, "refers to 'RS-EDA.schema.json'"),
        ("json-schema/RS-EDA.schema.json", b"{", "RS-EDA.schema.json: not valid JSON"),
        ("json-schema/RS-EDA.schema.json", b"[]", "RS-EDA.schema.json: not a JSON Schema"),
        ("json-schema/RS-EDA.schema.json", b'{"not": {}}', "uses 'not', which is not understood"),
        ("json-schema/RS-EDA.schema.json", b'{"$ref": "#/definitions/x"}', "which is not there"),
        ("json-schema/RS-EDA.schema.json", b'{"properties": []}', "of the wrong kind"),
        ("json-schema/RS-EDA.schema.json", b'{"type": "object", "required": 1}', "cannot be used"),
        (
            "json-schema/RS-EDA.schema.json",
            b'{"type": "object", "required": ["a"], "properties": {"a": {"type": "string", '
            b'"pattern": "("}}}',
            "cannot be used",
        ),
        ("json-schema/RS-EDA.schema.json", b'{"$ref": "#"}', "lead in a circle"),
        ("json-schema/EDXL-DE-full.schema.json", b"{}", "does not list its contents"),
        ("json-schema/EDXL-DE-full.schema.json", None, "has no EDXL-DE-full.schema.json"),
        ("xsd/EDXL-DE-full.xsd", None, "has no EDXL-DE-full.xsd"),
        ("xsd/RS-EDA.xsd", None, "has no RS-EDA.xsd for createCaseHealth"),
        ("xsd/RS-EDA.xsd", b"<a", "RS-EDA.xsd: not well-formed XML"),
        ("xsd/RS-EDA.xsd", b"<a/>", "xsd"),
    ],
)
def test_a_library_that_is_not_whole_is_refused(
    library: Path, file: str, content: bytes | None, told: str
) -> None:
    if content is None:
        (library / file).unlink()
    else:
        (library / file).write_bytes(content)
    with pytest.raises(InputError, match=told.replace("$", r"\$")):
        import_release(library)
    assert not stored_releases()


def test_an_xsd_cannot_reach_out_of_the_library(library: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.xsd"
    outside.write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:o"/>')
    content = library / "xsd" / "RC-XML-ContentType.xsd"
    reaching = f'<xs:import namespace="urn:o" schemaLocation="{outside.as_uri()}"/><xs:include '
    content.write_text(content.read_text().replace("<xs:include ", reaching, 1))
    with pytest.raises(InputError, match="cannot be compiled"):
        import_release(library)


def test_a_folder_that_is_no_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no json-schema/ and xsd/"):
        import_release(tmp_path)


def test_a_name_that_is_a_path_is_refused(library: Path) -> None:
    with pytest.raises(InputError, match="is no name"):
        import_release(library, "../x")


def test_what_was_changed_since_the_import_is_refused(library: Path, data: Path) -> None:
    import_release(library)
    (data / "models/3.9.9/xsd/RS-EDA.xsd").write_text("<a/>")
    stored = find_stored("3.9.9")
    assert stored
    with pytest.raises(InputError, match="import the release again"):
        load_stored(stored)


def test_importing_again_replaces(library: Path) -> None:
    first = import_release(library)
    _add_type(library, "RC-NEW", "brandNew", "urn:emergency:eda:1.9:brandnew")
    second = import_release(library)
    assert first.digest != second.digest
    assert [stored.digest for stored in stored_releases()] == [second.digest]


@pytest.fixture
def archive(library: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        opened.add(library, "models-3.9.9/src/main/resources")
        evil = tarfile.TarInfo("../../evil.json")
        evil.size = 2
        opened.addfile(evil, io.BytesIO(b"{}"))
    return buffer.getvalue()


@pytest.fixture
def server(archive: bytes) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/3.9.9.tar.gz"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(archive if known else b"")

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/{{version}}.tar.gz"
        running.shutdown()
        thread.join()


def test_a_version_is_fetched_and_its_digest_recorded(
    server: str, archive: bytes, data: Path
) -> None:
    stored, digest = fetch_release("3.9.9", source=server)
    assert (stored.name, digest) == ("3.9.9", hashlib.sha256(archive).hexdigest())
    assert fetch_release("3.9.9", source=server, sha256=digest.upper())[1] == digest
    assert not [path for path in data.rglob("*") if "evil" in path.name]


def test_an_archive_with_another_digest_is_not_imported(server: str, data: Path) -> None:
    with pytest.raises(CheckFailed, match="it was not imported"):
        fetch_release("3.9.9", source=server, sha256="0" * 64)
    assert not stored_releases()
    fetch_release("3.9.9", source=server)
    record = data / "models" / "digests.json"
    record.write_text(json.dumps(dict.fromkeys(json.loads(record.read_text()), "1" * 64)))
    with pytest.raises(CheckFailed, match="not 1111"):
        fetch_release("3.9.9", source=server)


def test_what_cannot_be_downloaded_is_told_with_the_other_way(server: str) -> None:
    for source, why in ((server, "HTTP 404"), ("http://127.0.0.1:9/{version}", "onnect")):
        with pytest.raises(StartError, match=rf"{why}.*hubemu models import DIR --name 8\.8\.8"):
            fetch_release("8.8.8", source=source)


def test_an_archive_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "hubemu.messages.releases.fetching._download", lambda url, version: b"not a tar"
    )
    with pytest.raises(InputError, match="is not a tar archive"):
        fetch_release("3.9.9")


def test_a_data_folder_that_cannot_be_looked_at_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBEMU_DATA", "x" * 300)
    for look in (stored_releases, lambda: find_stored("9.9")):
        with pytest.raises(InputError, match=r"name too long: .* set HUBEMU_DATA to a folder"):
            look()


def test_a_user_without_a_home_is_told_where_releases_may_be_kept(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("HUBEMU_DATA", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", classmethod(nowhere))
    assert stored_releases() == ()
    assert release_files("1.0", cache=user_cache()).name == "1.0"
    with pytest.raises(InputError, match="no home folder: set HUBEMU_DATA"):
        import_release(library, name="9.9")


def with_type(library: Path, definition: str) -> None:
    """Give one of the XSDs a type more."""
    file = library / "xsd" / "RC-DE.xsd"
    own = f'<complexType name="more" xmlns="http://www.w3.org/2001/XMLSchema">{definition}'
    head, _, tail = file.read_text().rpartition("</")
    file.write_text(f"{head}{own}</complexType></{tail}")


IMPORT_AND_TELL = """
import resource, sys
from pathlib import Path
from hubemu.errors import InputError
from hubemu.messages.releases.importing import import_release
try:
    import_release(Path(sys.argv[1]))
except InputError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""In a process of its own: a child is as large as whoever started it, for a moment."""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits for processes there")
def test_a_schema_that_takes_too_much_is_refused_by_a_process_of_its_own(library: Path) -> None:
    elements = "".join(f'<element name="e{n}" type="string" minOccurs="0"/>' for n in range(6000))
    with_type(library, f'<sequence maxOccurs="100000">{elements}</sequence>')
    told = subprocess.run(
        [sys.executable, "-c", IMPORT_AND_TELL, library], capture_output=True, text=True, check=True
    )
    refusal, largest = told.stdout.splitlines()
    assert "cannot be tried out within 2 s and 200 MB" in refusal
    assert int(largest) <= 400 * 1024
    assert stored_releases() == ()


def test_a_type_that_may_come_often_is_no_trouble(library: Path) -> None:
    with_type(library, '<sequence><element name="e" type="string" maxOccurs="9999999"/></sequence>')
    assert "RS-EDA" in import_release(library).types


def test_a_schema_that_cannot_be_compiled_is_refused_with_its_reason(library: Path) -> None:
    twice = '<element name="e" type="string" minOccurs="0"/>' * 2
    with_type(library, f"<sequence>{twice}</sequence>")
    with pytest.raises(InputError, match=r"cannot be compiled.*not determinist") as refused:
        import_release(library)
    assert "\n" not in str(refused.value)

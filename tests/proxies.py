"""Real proxies in front of a server, with https on loopback: nginx and Caddy, configured by the example files."""

import http.client
import os
import re
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common import ROOT
from servers import Answer, ended, free_ports, needed

EXAMPLES = ROOT / "examples" / "hosting"
UPSTREAM = "127.0.0.1:8765"
"""The address of the server in the examples."""


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, and its key."""

    file: Path
    key: Path


def make_certificate(folder: Path, *names: str) -> Certificate:
    """Return a certificate for these host names, which is valid for a day."""
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    command = [needed("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "1", "-subj", f"/CN={names[0]}", "-keyout", made.key, "-out", made.file]
    command += ["-addext", f"subjectAltName={','.join(f'DNS:{name}' for name in names)}"]
    subprocess.run(command, check=True, capture_output=True)
    return made


@dataclass(frozen=True)
class Site:
    """A site as clients see it: its host name, its port on loopback, the path of the server, and whom to trust."""

    name: str
    port: int
    root: str
    authority: Path

    @property
    def origin(self) -> str:
        return f"https://{self.name}:{self.port}"

    @property
    def address(self) -> str:
        """The address of the server, without a slash at its end."""
        return self.origin + self.root

    def ask(self, path, method="GET", body=None, source="127.0.0.1", **headers) -> Answer:
        """Send a request for a path of the host, or for an address at this site. Checks the certificate."""
        connection = self.connection(source)
        try:
            path = path.removeprefix(self.origin)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def connection(self, source="127.0.0.1", timeout=60) -> http.client.HTTPConnection:
        """Return a connection whose client has another address of loopback, if need be."""
        context = ssl.create_default_context(cafile=str(self.authority))
        plain = socket.create_connection(("127.0.0.1", self.port), timeout, (source, 0))
        connection = http.client.HTTPSConnection(self.name, self.port, timeout=timeout, context=context)
        connection.sock = context.wrap_socket(plain, server_hostname=self.name)
        return connection


def example(name: str, upstream: str) -> str:
    """Return the text of an example, with the address of the server and nothing else changed."""
    text = (EXAMPLES / name).read_text("utf-8")
    assert UPSTREAM in text
    return text.replace(UPSTREAM, upstream)


@contextmanager
def nginx_site(folder: Path, file: str, upstream: str, certificate: Certificate):
    """Run nginx with an example. Its ports and its certificate are those of the test. Yields the site."""
    plain, secure = free_ports(2)
    page = example(file, upstream)
    (name,) = {*re.findall(r"server_name (.+);", page)}
    for documented, here in (
        (r"listen 80;\n *listen \[::\]:80;", f"listen 127.0.0.1:{plain};"),
        (r"listen 443 (.+);\n *listen \[::\]:443 .+;", rf"listen 127.0.0.1:{secure} \1;"),
        (r"ssl_certificate /.+;", f"ssl_certificate {certificate.file};"),
        (r"ssl_certificate_key /.+;", f"ssl_certificate_key {certificate.key};"),
    ):
        page, count = re.subn(documented, here, page)
        assert count == 1 or "80" in documented
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""  # otherwise nginx becomes another user
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{page}}}\n"
    )
    log = str(folder / "log")
    command = [needed("nginx"), "-e", log, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with ended(subprocess.Popen(command)) as process:
        yield _until_answering(Site(name, secure, _root(file), certificate.file), process, folder / "log")


@contextmanager
def caddy_site(folder: Path, file: str, upstream: str):
    """Run Caddy with an example, and its own authority in place of one on the internet. Yields the site."""
    plain, secure = free_ports(2)
    page = example(file, upstream)
    (name,) = re.findall(r"^([\w.]+) \{$", page, re.MULTILINE)
    (folder / "example").write_text(page)
    (folder / "Caddyfile").write_text(
        f"{{\nadmin off\nlocal_certs\nskip_install_trust\nhttp_port {plain}\nhttps_port {secure}\n"
        f"default_bind 127.0.0.1\nstorage file_system {folder}/storage\n}}\nimport {folder}/example\n"
    )
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    command = [needed("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    authority = folder / "storage/pki/authorities/local/root.crt"
    with ended(process):
        yield _until_answering(Site(name, secure, _root(file), authority), process, folder / "log")


def _root(file: str) -> str:
    return "/relax" if "prefix" in file else ""


def _until_answering(site: Site, process: subprocess.Popen, log: Path) -> Site:
    """Return a site once it has its certificate."""
    for _ in range(300):
        try:
            site.connection(timeout=5).close()
        except OSError:
            assert process.poll() is None, log.read_text()[-3000:]
            time.sleep(0.1)
        else:
            return site
    raise AssertionError(f"no answer from {site.address}:\n{log.read_text()[-3000:]}")

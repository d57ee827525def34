"""Serves the demo's files, as ws-edge does, and the unit tests to the browser, on a free port."""

import http.server
import mimetypes
import pathlib
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEMO = ROOT / "Services" / "WSEdge" / "Demo"
FOLDERS = {
    "/demo/switchboard/": ROOT / "clients" / "js" / "switchboard",
    "/demo/examples/": ROOT / "clients" / "js" / "examples",
    "/demo/": DEMO,
    "/unit/": HERE / "unit",
    # The library's own tests, and the library as they find it.
    "/Tests/Client/unit/": ROOT / "Tests" / "Client" / "unit",
    "/clients/js/": ROOT / "clients" / "js",
}
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml"}


def read(path):
    """The content and type of a file, or None."""
    if path == "/":
        path = "/demo/index.html"
    folder = next((folder for folder in FOLDERS if path.startswith(folder)), None)
    if folder is None:
        return None
    root, name = FOLDERS[folder], path[len(folder):] or "index.html"
    file = (root / name).resolve()
    if not file.is_file() or root not in file.parents:
        return None
    kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return file.read_bytes(), kind


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = read(self.path.split("?")[0])
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", found[1] if found else "text/plain")
        self.end_headers()
        self.wfile.write(found[0] if found else b"not found")

    def log_message(self, *_):
        pass


class StaticServer:
    """Use as a context manager; `url` is where it is."""

    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()

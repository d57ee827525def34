"""Serves the demo's files and the unit tests to the browser, as ws-edge does, on a free port."""

import http.server
import mimetypes
import pathlib
import threading

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parent.parent / "Services" / "WSEdge" / "Demo"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml"}


def read(path):
    """The content and type of a file under `/`, `/demo/` or `/unit/`, or None."""
    if path == "/":
        root, name = DEMO, "index.html"
    elif path.startswith("/demo/"):
        root, name = DEMO, path[len("/demo/"):]
    elif path.startswith("/unit/"):
        root, name = HERE / "unit", path[len("/unit/"):] or "index.html"
    else:
        return None
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

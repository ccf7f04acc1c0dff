"""The files of the page, read once: what is asked for is looked up among them, and is never a path on the disk."""

from pathlib import Path

FOLDER = Path(__file__).with_name("static")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


def page_files() -> dict[str, tuple[bytes, str]]:
    """Content and type of every file by its name as addresses say it: "draw.js", "vendor/uplot.js"."""
    return {
        path.relative_to(FOLDER).as_posix(): (path.read_bytes(), TYPES[path.suffix])
        for path in FOLDER.rglob("*")
        if path.suffix in TYPES
    }

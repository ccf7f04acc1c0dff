"""What the page is made of."""

import hashlib
import re

from numpen.lab.files import FOLDER, page_files

# of uPlot 1.6.32 as the npm registry has it (dist/uPlot.iife.min.js, dist/uPlot.min.css, LICENSE)
VENDORED = {
    "uplot.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uplot.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uplot-LICENSE.txt": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}


def test_what_others_wrote_is_what_they_published() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (FOLDER / "vendor").iterdir()}
    assert found == VENDORED


def test_no_script_or_style_stands_in_the_page_itself() -> None:
    page = (FOLDER / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


def test_the_page_names_nothing_that_it_does_not_have() -> None:
    files = page_files()
    for name, (content, _) in files.items():
        if not name.startswith("vendor/"):
            named = re.findall(r'(?:from|import\()\s*"\./([^"]+)"|"/static/([^"]+)"', content.decode())
            assert {one or other for one, other in named} <= files.keys(), name

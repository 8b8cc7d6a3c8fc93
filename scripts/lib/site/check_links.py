#!/usr/bin/env python3
# check_links.py FOLDER: looks for links in the HTML files of a folder that lead to no file in it, or to no anchor of
# that file. Links to other sites are not followed.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding="utf-8", errors="replace"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif (tag in ("a", "link") and name == "href") or (tag in ("img", "script") and name == "src"):
                self.links.append((value, self.getpos()[0]))
            elif tag == "object" and name == "data":
                self.links.append((value, self.getpos()[0]))


def main():
    folder = Path(sys.argv[1])
    pages = {path.relative_to(folder): Page(path) for path in folder.rglob("*.html")}
    checked = broken = 0
    for path, page in sorted(pages.items()):
        for link, line in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("javascript:"):
                continue
            checked += 1
            target = path.parent / unquote(parts.path) if parts.path else path
            anchor = unquote(parts.fragment)
            if not (folder / target).is_file():
                problem = "there is no such file"
            elif anchor and target in pages and anchor not in pages[target].anchors:
                problem = "there is no such anchor"
            else:
                continue
            broken += 1
            print(f"{path}:{line}: {link}: {problem}", file=sys.stderr)
    if not pages:
        print(f"{folder} has no pages", file=sys.stderr)
    print(f"{len(pages)} pages, {checked} links checked, {broken} broken")
    sys.exit(1 if broken or not pages else 0)


main()

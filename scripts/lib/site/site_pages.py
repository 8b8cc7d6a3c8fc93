#!/usr/bin/env python3
# site_pages.py SITE: makes of the project's documents what Doxygen reads, in the folder SITE:
#
#   pages/*.md          each document, with an identifier in its title and links to identifiers;
#                       of the tutorial a page for each step
#   pages/examples.dox  a page for each example in doc/examples.md, with its source
#   layout.xml          doc/site/layout.xml with the tutorial's steps and the guides filled in
#   extra/*             what pages link to and is no page
#
# Ends with an error where a link leads nowhere, a page is not in the layout, a guide is not in the
# index of guides, or an example is not in doc/examples.md.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

import html
import os
import re
import shutil
import sys
from pathlib import Path

errors = []
tutorial = Path("doc/tutorial.md")
guides_index = Path("doc/guides/README.md")
examples_index = Path("doc/examples.md")


def identifier(document):
    """The name of a document's page."""
    special = {
        "README.md": "index",
        "SECURITY.md": "reporting",
        "doc/site/home.md": "index",
        "doc/guides/README.md": "guides",
        "doc/examples.md": "example_index",  # Doxygen has a page examples.html.
    }
    return special.get(str(document), document.stem.lower().replace("-", "_"))


def example_page(name):
    """The file name that Doxygen gives to an example's page."""
    for character, escaped in (("/", "_2"), (".", "_8")):
        name = name.replace(character, escaped)
    return name + "-example.html"


documents = sorted(
    [Path(name) for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
    + [*Path("doc").glob("*.md"), *Path("doc/guides").glob("*.md"), *Path("doc/site").glob("*.md")]
)
examples = {
    match[1]: match[2].strip()
    for match in re.finditer(
        r"^\| \[[^]]*\]\(\.\./example/([^)]+\.cpp)\) \| (.*) \|$", examples_index.read_text(), re.M
    )
}


def link_target(document, target, extra):
    """What a link in a document becomes."""
    if re.match(r"[a-z]+:|#|@ref|[A-Za-z0-9_]+\.html", target):
        return target
    path, _, _ = target.partition("#")
    path = Path(os.path.normpath(document.parent / path))
    if path == Path("README.md") or path in documents:
        return "@ref " + identifier(path)
    if str(path).startswith("example/") and str(path)[len("example/") :] in examples:
        return example_page(str(path)[len("example/") :])
    if path.is_file():
        name = path.name if "." in path.name else path.name + ".txt"
        extra[name] = path
        return name
    errors.append(f"{document}: the link {target} leads nowhere")
    return target


def outside_code(text, change):
    """Applies `change` to the lines that are in no block of code."""
    pieces = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(piece if piece.startswith("```") else change(piece) for piece in pieces)


def page_text(document, text, extra):
    def change(piece):
        # Doxygen makes a dash of the two before an option's name.
        piece = re.sub(r"(`[^`]*`)|(?<=[\s(])--(?=\w)", lambda match: match[1] or r"\--", piece)
        return re.sub(
            r"(\]\()([^)\s]+)(\))", lambda match: match[1] + link_target(document, match[2], extra) + match[3], piece
        )

    return outside_code(text, change)


def with_figures(document, text):
    """Puts figures in the place of {{NAME}}: the least ratio of the runs in the row NAME of
    doc/benchmarks.md."""

    benchmarks = Path("doc/benchmarks.md").read_text()

    def figure(match):
        row = re.search(r"^\| " + re.escape(match[1]) + r" \|((?: [0-9.]+ \|)+)", benchmarks, re.M)
        if row:
            return f"{min(float(ratio) for ratio in row[1].split(' ') if ratio not in ('', '|')):.1f}"
        errors.append(f"{document}: doc/benchmarks.md has no row {match[1]}")
        return match[0]

    return re.sub(r"\{\{(.*?)\}\}", figure, text)


def title_of(text):
    return re.search(r"^#+ (.*)$", text, re.M)[1]


def with_identifier(text, name):
    # A number with a full stop would begin a list.
    text = re.sub(r"^#+ (\d+)\. ", r"# Step \1: ", text, count=1)
    return re.sub(r"^#+ (.*)$", rf"# \1 {{#{name}}}", text, count=1, flags=re.M)


def tutorial_pages(text):
    """The tutorial's introduction, and its steps: (identifier, title, text)."""
    introduction, *steps = re.split(r"^(?=## )", text, flags=re.M)
    named = []
    for step in steps:
        title = title_of(step)
        name = "tutorial_" + re.sub(r"\W+", "_", re.sub(r"^\d+\. ", "", title).lower())
        named.append((name, title, re.sub(r"^### ", "## ", step, flags=re.M)))
    introduction += "\n" + "".join(f"- [{title}](@ref {name})\n" for name, title, _ in named)
    pages = [("tutorial", "Tutorial", introduction)]
    for i, (name, title, step) in enumerate(named):
        before = named[i - 1] if i > 0 else ("tutorial", "Tutorial")
        links = f"[&larr; {before[1]}](@ref {before[0]})"
        if i + 1 < len(named):
            links += f" [{named[i + 1][1]} &rarr;](@ref {named[i + 1][0]})"
        pages.append((name, title, step.rstrip() + f"\n\n<div class=\"steps\">{links}</div>\n"))
    return pages


def tabs(entries):
    return "\n".join(
        f'      <tab type="user" url="@ref {name}" title="{html.escape(title, quote=True)}"/>' for name, title in entries
    )


def main():
    site = Path(sys.argv[1])
    for folder in ("pages", "extra"):
        shutil.rmtree(site / folder, ignore_errors=True)
        (site / folder).mkdir(parents=True)
    extra = {}
    steps, titles = [], {}

    for document in documents:
        text = page_text(document, document.read_text(encoding="utf-8"), extra)
        if document == tutorial:
            for name, title, step in tutorial_pages(text):
                (site / "pages" / (name + ".md")).write_text(with_identifier(step, name))
                steps.append((name, title))
            continue
        name = identifier(document)
        titles[document] = (name, title_of(text))
        if name == "index":
            (site / "pages/home.md").write_text(with_figures(document, text))
        else:
            (site / "pages" / (name + ".md")).write_text(with_identifier(text, name))

    dox = "".join(f"/** \\example {name}\n * \\details Shows {text}.\n */\n" for name, text in examples.items())
    (site / "pages/examples.dox").write_text(dox)
    for path in Path("example").rglob("*.cpp"):
        name = str(path.relative_to("example"))
        is_part = path.name != "main.cpp" and (path.parent / "main.cpp").exists()
        if name not in examples and not is_part:
            errors.append(f"{path} is not in {examples_index}")
    for name in examples:
        if not Path("example", name).is_file():
            errors.append(f"{examples_index} lists {name}, which does not exist")

    order = re.findall(r"\]\((\w+\.md)\)", guides_index.read_text())
    guides = []
    for document in (Path("doc/guides") / name for name in order):
        if document in titles and titles[document] not in guides:
            guides.append(titles[document])
    for document in Path("doc/guides").glob("*.md"):
        if document != guides_index and titles[document] not in guides:
            errors.append(f"{document} is not in {guides_index}")

    layout = Path("doc/site/layout.xml").read_text()
    layout = layout.replace("<!-- steps of the tutorial -->", tabs(steps[1:]).lstrip())
    layout = layout.replace("<!-- guides -->", tabs(guides).lstrip())
    for document, (name, _) in titles.items():
        is_guide = document.parent == guides_index.parent and document != guides_index
        if name != "index" and not is_guide and f"@ref {name}\"" not in layout:
            errors.append(f"{document} is not in doc/site/layout.xml")
    (site / "layout.xml").write_text(layout)

    for name, path in extra.items():
        shutil.copyfile(path, site / "extra" / name)
    for error in errors:
        print(error, file=sys.stderr)
    sys.exit(1 if errors else 0)


main()

#!/usr/bin/env python3
# check_reference.py SITE: looks at what Doxygen has found in the public headers (SITE/xml) for what its own warnings
# do not show:
#
# - a name of the library that the quick index (doc/site/reference.md) does not have;
# - an enumerator without a description;
# - a parameter that no overload of its function describes;
# - an asynchronous function of which no overload says what its handler is called with.
#
# Overloads share their descriptions: "As above, throwing." need not repeat them.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

import re
import sys
import xml.etree.ElementTree as xml
from collections import defaultdict
from pathlib import Path

errors = []


def text_of(element):
    return "" if element is None else " ".join("".join(element.itertext()).split())


def has_description(member):
    return any(text_of(member.find(name)) for name in ("briefdescription", "detaileddescription"))


def place_of(member):
    location = member.find("location")
    return f"include/{location.get('file')}:{location.get('line')}"  # Doxygen strips the folder.


def check_overloads(name, overloads):
    described, undescribed, documentation = set(), {}, ""
    for overload in overloads:
        documentation += text_of(overload.find("briefdescription")) + text_of(overload.find("detaileddescription"))
        for item in overload.iter("parametername"):
            described.add(text_of(item))
        for parameter in overload.findall("param"):
            parameter_name = text_of(parameter.find("declname"))
            if parameter_name:
                undescribed.setdefault(parameter_name, overload)
    refers = re.search(r"\b[Aa]s (for )?`?\w*(above|async_|open|close|read|write|sync|basic_)|see ", documentation)
    for parameter_name, overload in undescribed.items():
        if parameter_name not in described and not refers and parameter_name not in documentation:
            errors.append(f"{place_of(overload)}: {name}: the parameter {parameter_name} is not described")
    is_asynchronous = name.rpartition("::")[2].startswith("async_")
    if is_asynchronous and "void(" not in documentation.replace("void (", "void(") and not refers:
        errors.append(f"{place_of(overloads[0])}: {name}: what its handler is called with is not described")


def main():
    folder = Path(sys.argv[1]) / "xml"
    index = Path("doc/site/reference.md").read_text()
    indexed = set(re.findall(r"\\ref ([\w:]+)", index))
    names = {}

    for compound in xml.parse(folder / "index.xml").getroot().findall("compound"):
        kind, name = compound.get("kind"), compound.find("name").text
        if kind not in ("class", "struct", "namespace", "concept", "file"):
            continue
        definition = xml.parse(folder / (compound.get("refid") + ".xml")).getroot().find("compounddef")
        if kind in ("class", "struct", "concept") and name.rpartition("::")[0] in ("asiofile", "asiofile::testing"):
            names[name] = place_of(definition)
        functions = defaultdict(list)
        for member in definition.iter("memberdef"):
            member_name = text_of(member.find("name"))
            qualified = member_name if kind == "file" else f"{name}::{member_name}"
            # Neither operators nor deduction guides, which have the name of a class.
            if kind == "namespace" and not re.match(r"operator\b|basic_", member_name):
                names[qualified] = place_of(member)
            if member.get("kind") == "define":
                names[qualified] = place_of(member)
            if member.get("kind") == "function" and kind != "file" and member.get("prot") == "public":
                functions[qualified].append(member)
            for value in member.findall("enumvalue"):
                if not has_description(value):
                    errors.append(
                        f"{place_of(member)}: {qualified}: the enumerator {text_of(value.find('name'))} is not described"
                    )
        for qualified, overloads in functions.items():
            constructor_or_operator = qualified.split("::")[-1] == name.split("::")[-1] or "operator" in qualified
            if not constructor_or_operator:
                check_overloads(qualified, overloads)

    for name, place in sorted(names.items()):
        if name not in indexed:
            errors.append(f"{place}: {name} is not in doc/site/reference.md")
    for name in sorted(indexed - set(names)):
        errors.append(f"doc/site/reference.md: there is no {name}")
    for error in errors:
        print(error, file=sys.stderr)
    sys.exit(1 if errors else 0)


main()

#!/usr/bin/env python3
# user_signatures.py HEADER: prints a public header with its declarations as a user reads them, for
# Doxygen (INPUT_FILTER). Comments stay, and so do line numbers.
#
#   template <boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
#                 boost::asio::default_completion_token_t<executor_type>>
#   auto async_open(const std::string& path, file_base::flags open_flags,
#                   OpenToken&& token = boost::asio::default_completion_token_t<executor_type>())
#
# becomes
#
#   template <completion_token_for<void(error_code)> CompletionToken>
#   auto async_open(const std::string& path, file_base::flags open_flags,
#                   CompletionToken&& token = DEFAULT)

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

import re
import sys

OPENING, CLOSING = "(<[{", ")>]}"


def end_of_group(text, start):
    """The index behind the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] in OPENING:
            depth += 1
        elif text[i] in CLOSING and text[i - 1] != "-":  # not ->
            depth -= 1
            if depth == 0:
                return i + 1
    raise ValueError("a bracket is not closed: " + text[start : start + 60])


def parts(text):
    """`text` divided at the commas that are in no brackets."""
    found, depth, start = [], 0, 0
    for i, character in enumerate(text):
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
        elif character == "," and depth == 0:
            found.append(text[start:i].strip())
            start = i + 1
    return found + [text[start:].strip()]


def with_lines_of(original, replacement):
    """The replacement, followed by the line ends that it lacks."""
    return replacement + "\n" * (original.count("\n") - replacement.count("\n"))


TOKEN = re.compile(r"boost::asio::completion_token_for<(?P<signature>.*)>\s+(?P<name>\w+)(\s*=.*)?", re.S)
TOKEN_BY_CLAUSE = re.compile(
    r"typename\s+(?P<name>\w+)\s*=\s*(boost::asio::default_completion_token_t|detail::default_\w+)<.*", re.S
)
INTERNAL_CONCEPT = re.compile(r"detail::\w+\s+(\w+)", re.S)


def rewrite_template(head, clause, rest):
    """One template: its head without `template <` and `>`, its requires-clause, and what follows."""
    kept, token, signature = [], None, None
    for parameter in parts(head):
        if match := TOKEN.fullmatch(parameter):
            token, signature = match["name"], match["signature"]
        elif match := TOKEN_BY_CLAUSE.fullmatch(parameter):
            token = match["name"]
            in_clause = re.search(r"completion_token_for<\s*" + token + r"\s*,\s*(.*?\))>", clause, re.S)
            signature = in_clause[1] if in_clause else None
        else:
            kept.append(INTERNAL_CONCEPT.sub(r"typename \1", parameter))
    if token:
        clause = with_lines_of(clause, "")
        kept.append(
            f"completion_token_for<{' '.join(signature.split())}> CompletionToken"
            if signature
            else "typename CompletionToken"
        )
        default = re.search(r"\b" + token + r"&&\s+token\s*=\s*", rest)
        limit = re.search(r"[{;]", rest)
        if default and (not limit or default.start() < limit.start()):
            group = rest.index("<", default.end())
            behind = end_of_group(rest, group)
            behind = end_of_group(rest, rest.index("(", behind))
            part = rest[default.start() : behind]
            rest = rest[: default.start()] + with_lines_of(part, "CompletionToken&& token = DEFAULT") + rest[behind:]
        else:
            rest = re.sub(r"\b" + token + r"&&\s+token\b", "CompletionToken&& token", rest, count=1)
    return ", ".join(kept), clause, rest


def rewrite(code):
    """All templates of a piece of code."""
    done, position = "", 0
    for match in iter(lambda: re.compile(r"\btemplate\s*<").search(code, position), None):
        head_start = match.end() - 1
        head_end = end_of_group(code, head_start)
        clause_end = head_end
        if clause := re.compile(r"\s*requires\b\s*").match(code, head_end):
            # A clause in parentheses, or one concept.
            if code[clause.end()] == "(":
                clause_end = end_of_group(code, clause.end())
            else:
                clause_end = end_of_group(code, code.index("<", clause.end()))
        head, rest_of_head, rest = rewrite_template(
            code[head_start + 1 : head_end - 1], code[head_end:clause_end], code[clause_end:]
        )
        head = with_lines_of(code[head_start:head_end], f"<{head}>")
        done += code[position : match.start()] + "template " + head + rest_of_head
        code, position = rest, 0
    return done + code[position:]


def comment_text(comment):
    """A comment, with the names of asynchronous functions in a form that Doxygen makes links of."""
    if r"\copydoc" in comment:
        return comment.replace("boost::system::error_code", "error_code")
    return re.sub(r"`(async_\w+)`", r"`\1()`", comment)


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    # Comments take no part: they are set aside and put into place afterwards.
    comments = []

    def set_aside(match):
        comments.append(match[0])
        return f"\x01{len(comments) - 1}\x02"

    code = re.sub(r"//[^\n]*|/\*.*?\*/", set_aside, text, flags=re.S)
    code = rewrite(code)
    for internal, shown in (
        ("detail::sync_result", "error_code"),
        ("boost::system::error_code", "error_code"),
        ("boost::asio::", "asio::"),
    ):
        code = code.replace(internal, shown)
    sys.stdout.write(re.sub("\x01(\\d+)\x02", lambda match: comment_text(comments[int(match[1])]), code))


main()

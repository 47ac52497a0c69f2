"""What must hold for the HTML of every page: `assert problems(html) == []`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
UNLABELLED = frozenset({"hidden", "submit", "button", "image", "reset"})
INLINE = frozenset({"style"})
# A <p> ends by itself where one of these begins, which is never what was meant.
NOT_IN_P = frozenset(
    {"p", "div", "ul", "ol", "dl", "h1", "h2", "h3", "table", "form", "section", "fieldset"}
)


@dataclass
class Node:
    tag: str
    attrs: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Reader(HTMLParser):
    """Reads without repairing: an element that is not closed where it was opened is a problem."""

    nodes: list[Node] = field(default_factory=list)
    open: list[Node] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        self.found += [f"<{tag}> says {n} twice" for n, c in Counter(names).items() if c > 1]
        if tag in NOT_IN_P and any(node.tag == "p" for node in self.open):
            self.found.append(f"<{tag}> inside <p>")
        node = Node(tag, {n: v or "" for n, v in attrs}, tuple(n.tag for n in self.open))
        self.nodes.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            inner = self.open[-1].tag if self.open else "nothing"
            self.found.append(f"</{tag}> closes <{inner}>")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for node in self.open:
            node.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    reader.found += [f"<{node.tag}> is never closed" for node in reader.open]
    return reader


def problems(html: str, *, fragment: bool = False) -> list[str]:
    """Everything wrong with a page; a fragment needs no heading of its own."""
    page = read(html)
    ids = Counter(node.attrs["id"] for node in page.nodes if "id" in node.attrs)
    found = list(page.found)
    found += [f"id {name} stands {count} times" for name, count in ids.items() if count > 1]
    for node in page.nodes:
        found += _references(node, ids) + _names(node, page.nodes) + _policy(node)
    if not fragment:
        headings = [node.tag for node in page.nodes if node.tag in {"h1", "h2", "h3", "h4"}]
        if headings.count("h1") != 1:
            found.append(f"{headings.count('h1')} h1 on the page")
        found += [f"no <{tag}>" for tag in ("title", "main") if not _one(page.nodes, tag)]
    return found


def _one(nodes: list[Node], tag: str) -> bool:
    return sum(node.tag == tag and "svg" not in node.inside for node in nodes) == 1


def _references(node: Node, ids: Counter[str]) -> list[str]:
    wanted = [
        name
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls", "for")
        for name in node.attrs.get(attribute, "").split()
    ]
    href = node.attrs.get("href", "")
    if href.startswith("#") and len(href) > 1:
        wanted.append(href[1:])
    return [
        f"<{node.tag}> points to #{name}, which is not there" for name in wanted if not ids[name]
    ]


def _names(node: Node, nodes: list[Node]) -> list[str]:
    """Every control, picture, link and button can be called by a name."""
    attrs = node.attrs
    own = attrs.get("aria-label") or attrs.get("aria-labelledby")
    if node.tag == "img" and "alt" not in attrs:
        return [f"picture {attrs.get('src')} has no alt"]
    if attrs.get("aria-hidden") == "true" and attrs.get("tabindex") == "-1":
        return []
    if node.tag in {"a", "button"} and not (own or node.text.strip() or attrs.get("title")):
        return [f"<{node.tag} {attrs}> has no name"]
    if node.tag == "progress" and not own:
        return ["<progress> has no name"]
    if node.tag in {"input", "select", "textarea"} and attrs.get("type") not in UNLABELLED:
        labels = {n.attrs.get("for") for n in nodes if n.tag == "label"}
        if not (own or "label" in node.inside or attrs.get("id", "") in labels):
            return [f"<{node.tag} name={attrs.get('name')}> has no label"]
    return []


def _policy(node: Node) -> list[str]:
    """What the content security policy would not run anyway."""
    found = [f"<{node.tag}> carries {n}" for n in node.attrs if n in INLINE or n.startswith("on")]
    if node.tag == "script" and "src" not in node.attrs:
        found.append("a script inside the page")
    return found

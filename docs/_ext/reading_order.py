"""The order of the pages: each part of the index and its links become a part of the navigation."""

import re

OTHERS = "Reference"
"""The part that takes the pages which the index does not name."""
_LINK = re.compile(r"^- \[[^\]]*\]\(([^)#]+\.md)\)", re.MULTILINE)


def parts(index: str) -> dict[str, list[str]]:
    """Return the pages of each part of the index, as its links name them, in reading order."""
    _, *pieces = re.split(r"^## (.+)$", index, flags=re.MULTILINE)
    return {
        title: found
        for title, text in zip(pieces[::2], pieces[1::2], strict=True)
        if (found := _LINK.findall(text))
    }


def toctrees(index, docs):
    """Return the index as hidden tables of contents. A page that it does not name is put with the reference."""
    found = parts(index)
    named = {page for pages in found.values() for page in pages}
    found[OTHERS] = found[OTHERS] + sorted(
        path.name for path in docs.glob("*.md") if path.name not in named and path.name != "index.md"
    )
    return "".join(_toctree(title, pages) for title, pages in found.items())


def _toctree(title: str, pages: list[str]) -> str:
    names = "\n".join(page.removesuffix(".md") for page in pages)
    return f"\n\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{names}\n```\n"

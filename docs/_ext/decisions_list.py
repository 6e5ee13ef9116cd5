"""The list of the decisions, the newest first."""

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "decisions"


def generate(_before: str, _more: str) -> str:
    """Return a link to each decision, and a hidden table of contents."""
    pages = sorted(FOLDER.glob("[0-9]*.md"), reverse=True)
    links = "\n".join(f"- [{_title(page)}](decisions/{page.name})" for page in pages)
    contents = "\n".join(f"decisions/{page.stem}" for page in pages)
    return f"{links}\n\n```{{toctree}}\n:hidden:\n\n{contents}\n```"


def _title(page: Path) -> str:
    return page.read_text("utf-8").partition("\n")[0].removeprefix("# ")

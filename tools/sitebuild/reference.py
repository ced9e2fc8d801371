"""The API reference: every public name of the package, read without importing it."""

import ast
from html import escape
from pathlib import Path

LEFT_OUT = ("exercises", "commands")  # the exercises have pages of their own
# each patient is a program with its answer: `aigc clinic` shows it, a page must not
ANSWERS = ("clinic/patients",)
LONG = 100_000  # letters; a longer page gives its folders pages of their own
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def pages(package: Path) -> dict[str, str]:
    """Markdown pages by name: an overview, and one for each folder and lone module."""
    made, links = {}, []
    for path in sorted(package.iterdir()):
        name = path.stem
        is_folder = (path / "__init__.py").exists()
        if (
            name in LEFT_OUT
            or name.startswith("_")
            or not (is_folder or path.suffix == ".py")
        ):
            continue
        for part, depth in _parts(package, path):
            own = "_".join(part.relative_to(package).with_suffix("").parts)
            made[f"api_{own}"] = _page(package, part, is_whole=depth is None)
            module = module_name(package, part / "__init__.py" if is_folder else part)
            indent = "  " * (depth or 0)
            links.append(f"{indent}- [{module}](api_{own}.md): {_about(part)}")
    tree = "\n".join(made)
    overview = (
        "# The package\n\nThe course's code, folder by folder: every public function"
        " and class with its signature and documentation.\n\n"
        + "\n".join(links)
        + f"\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"
    )
    return {"api": overview, **made}


def _parts(package: Path, path: Path) -> list[tuple[Path, int | None]]:
    """What gets a page: a module or folder, or a long folder and the folders in it.

    Each with its depth in the list of pages, None where the page holds everything.
    """
    if len(_page(package, path)) <= LONG or not path.is_dir():
        return [(path, None)] if _page(package, path) else []
    inside = [each.parent for each in sorted(path.glob("*/__init__.py"))]
    inside = [folder for folder in inside if _page(package, folder)]
    return [(path, 0), *((folder, 1) for folder in inside)]


def _about(path: Path) -> str:
    file = path / "__init__.py" if path.is_dir() else path
    document = ast.get_docstring(_tree(file)) or ""
    first = " ".join(document.split("\n\n")[0].split())
    return first.replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _page(package: Path, path: Path, is_whole: bool = True) -> str:
    """The page of a folder or module; "" where nothing in it is public.

    is_whole: with the folders inside.
    """
    inside = path.rglob("*.py") if is_whole else path.glob("*.py")
    files = sorted(inside) if path.is_dir() else [path]
    hidden = [package / folder for folder in ANSWERS]
    files = [file for file in files if not any(map(file.is_relative_to, hidden))]
    parts = []
    for file in files:
        module = module_name(package, file)
        public = _public(_tree(file).body)
        if public and not any(part.startswith("_") for part in module.split(".")):
            parts.append(f"## {module}\n\n{_words(ast.get_docstring(_tree(file)))}")
            parts += [_entry(module, node) for node in public]
    title = ".".join(path.relative_to(package.parent).with_suffix("").parts)
    if not is_whole:  # the folders inside may be all that there is
        return f"# {title}\n\n{_about(path)}\n\n" + "\n".join(parts)
    return f"# {title}\n\n" + "\n".join(parts) if parts else ""


def module_name(package: Path, file: Path) -> str:
    """aigc_course/gan/losses.py is aigc_course.gan.losses."""
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _public(body: list[ast.stmt]) -> list[Documented]:
    """The documented functions and classes whose names begin with a letter."""
    return [
        node
        for node in body
        if isinstance(node, Documented)
        and ast.get_docstring(node)
        and not node.name.startswith("_")
    ]


def _entry(module: str, node: Documented) -> str:
    name = node.name.replace("_", "\\_")
    lines = [f'<span id="{module}.{node.name}"></span>\n', f"### {name}\n"]
    inside = _public(node.body) if isinstance(node, ast.ClassDef) else []
    for part in [node, *inside]:
        lines += [_code(signature(part)), _words(ast.get_docstring(part))]
    return "\n".join(lines)


def signature(node: Documented) -> str:
    """The line that defines a function or class, as in the source."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        return f"class {node.name}({bases})" if bases else f"class {node.name}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"def {node.name}({ast.unparse(node.args)}){returns}"
    if len(line) <= 88:
        return line
    arguments = ast.unparse(node.args).replace(", ", ",\n    ")
    return f"def {node.name}(\n    {arguments}\n){returns}"


def _code(text: str) -> str:
    return f"```python\n{text}\n```\n"


def _words(document: str | None) -> str:
    """A docstring as it stands, its lines kept."""
    return f'<pre class="doc">{escape(document or "")}</pre>\n'

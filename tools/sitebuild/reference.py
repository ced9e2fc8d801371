"""The API reference: every public name of the package, read without importing it."""

import ast
from html import escape
from pathlib import Path

LEFT_OUT = ("exercises", "commands")  # the exercises have pages of their own
# each patient is a program with its answer: `aigc clinic` shows it, a page must not
ANSWERS = ("clinic/patients",)
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
        text = _page(package, path)
        if text:
            made[f"api_{name}"] = text
            links.append(f"- [aigc_course.{name}](api_{name}.md): {_about(path)}")
    tree = "\n".join(made)
    overview = (
        "# The package\n\nThe course's code, folder by folder: every public function"
        " and class with its signature and documentation.\n\n"
        + "\n".join(links)
        + f"\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"
    )
    return {"api": overview, **made}


def _about(path: Path) -> str:
    file = path / "__init__.py" if path.is_dir() else path
    document = ast.get_docstring(_tree(file)) or ""
    first = " ".join(document.split("\n\n")[0].split())
    return first.replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _page(package: Path, path: Path) -> str:
    """The page of a folder or module; "" where nothing in it is public."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    hidden = [package / folder for folder in ANSWERS]
    files = [file for file in files if not any(map(file.is_relative_to, hidden))]
    parts = []
    for file in files:
        module = module_name(package, file)
        public = _public(_tree(file).body)
        if public and not any(part.startswith("_") for part in module.split(".")):
            parts.append(f"## {module}\n\n{_words(ast.get_docstring(_tree(file)))}")
            parts += [_entry(module, node) for node in public]
    return f"# aigc_course.{path.stem}\n\n" + "\n".join(parts) if parts else ""


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

"""The source tree as the architecture tests read it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBS = ROOT / "libs"
SERVICES = ROOT / "services"


def services() -> list[str]:
    """Names of the services: the packages in services/."""
    return sorted(path.parent.name for path in SERVICES.glob("*/__init__.py"))


def sources() -> list[Path]:
    """Python files that we wrote, tests apart."""
    written = [*LIBS.glob("servicekit/**/*.py"), *LIBS.glob("hearthline_cli/**/*.py"), *SERVICES.glob("**/*.py")]
    return sorted(written)


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def short(path: Path) -> str:
    """The path from the root, for messages."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines below the signature, however many lines that takes."""
    return (function.end_lineno or function.lineno) - function.body[0].lineno + 1


def imports(path: Path) -> Iterator[str]:
    """Dotted names of what a file imports, `from a import b` as `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tracked() -> list[Path]:
    """Files under version control; those that git knows not to ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]

"""Whether an image is what operators were promised: small, listed, without a root user, compilers, pip or tests.

`python3 deploy/image/check.py IMAGE:TAG`; wants Docker and nothing but the standard library.
"""

import json
import re
import subprocess
import sys

BASE = "python:3.11-slim"
MOST_BYTES = 250_000_000
"""More than its base."""

# Read by the image's own Python, as its own user, on a root file system that cannot be written.
_LOOK = """
import json, os, shutil, sys
from importlib.metadata import distributions
from importlib.util import find_spec
site = next(path for path in sys.path if path.endswith("site-packages"))
found = [os.path.join(at, name) for at, names, _ in os.walk(site) for name in names if name in ("tests", "test")]
writable = [path for path in (sys.prefix, site, "/usr/local/bin", "/etc") if os.access(path, os.W_OK)]
bill = json.load(open(os.path.join(sys.prefix, "sbom.json")))
listed = {(each["name"], each["version"]) for each in [bill["metadata"]["component"], *bill["components"]]}
print(json.dumps({
    "user": os.getuid(),
    "compilers": [tool for tool in ("cc", "gcc", "g++", "clang", "make", "ld", "cargo", "go") if shutil.which(tool)],
    "packages": [name for name in ("pip", "setuptools", "pytest", "mypy", "grpc_tools") if find_spec(name)],
    "tests": found,
    "writable": writable,
    "not in sbom.json": [each.name for each in distributions() if (each.name, each.version) not in listed],
}))
"""


def main(image: str) -> None:
    """Says what is wrong and exits with 1, or says how large it is."""
    larger = _size(image) - _size(BASE)
    seen = json.loads(_run(image, "python", "-c", _LOOK))
    version = json.loads(_run(image, "hearthline", "version", "--json"))
    lists = {name: ", ".join(found) for name, found in seen.items() if isinstance(found, list)}
    wrong = [f"{name}: {found}" for name, found in lists.items() if found]
    if seen["user"] != 10001:
        wrong.append(f"user: {seen['user']} instead of 10001")
    if larger > MOST_BYTES:
        wrong.append(f"size: {larger / 1e6:.0f} MB over {BASE}, more than {MOST_BYTES / 1e6:.0f}")
    if not re.fullmatch(r"[0-9a-f]{7,40}(-dirty)?", version.get("commit", "")):
        wrong.append(f"version: no commit in {version}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", version.get("build_date", "")):
        wrong.append(f"version: no build date in {version}")
    if wrong:
        sys.exit("\n".join(f"{image}: {each}" for each in wrong))
    print(f"{image}: {larger / 1e6:.0f} MB over {BASE}, commit {version['commit']}, built {version['build_date']}")


def _size(image: str) -> int:
    command = ["docker", "image", "inspect", "--format", "{{.Size}}", image]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _run(image: str, *command: str) -> str:
    docker = ["docker", "run", "--rm", "--network=none", "--read-only", "--tmpfs=/tmp", image]
    return subprocess.run([*docker, *command], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(sys.argv[1])

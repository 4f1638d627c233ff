"""Writes proto/access.yaml as tables into docs/security.md (`make access-table`)."""

from pathlib import Path

from servicekit.access import AccessFile, Grant, access_file

PAGE = Path(__file__).parents[1] / "docs" / "security.md"
BEGIN = "<!-- from proto/access.yaml by `make access-table` -->"
END = "<!-- end -->"


def table() -> str:
    """Markdown: what the roles and accounts are, then a table for each service."""
    file = access_file()
    roles = [f"| {name} | {about} |" for name, about in {**file.roles, **file.accounts}.items()]
    parts = ["\n".join(["| role or account | who that is |", "|---|---|", *roles])]
    parts += [_viewers(file), *(_service(service, file) for service in file.services)]
    return "\n\n".join(parts)


def _viewers(file: AccessFile) -> str:
    rows = [f"| {kind} | {', '.join(viewers)} |" for kind, viewers in file.personal.items()]
    rows.append(f"| who complains confidentially | {', '.join(file.confidential)} |")
    return "\n".join(["| of people | is shown in clear to, and masked to all others |", "|---|---|", *rows])


def _service(service: str, file: AccessFile) -> str:
    rows = file.services[service]
    columns = [who for who in (*file.roles, *file.accounts) if any(who in row for row in rows.values())]
    lines = [f"**{service}**", "", f"| RPC | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(_cell(row.get(who)) for who in columns)} |")
    return "\n".join(lines)


def _cell(grant: Grant | None) -> str:
    if grant is None:
        return ""
    return grant if isinstance(grant, str) else f"own {' or '.join(grant)}"


def main() -> None:
    """Replaces what stands between the marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()

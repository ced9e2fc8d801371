"""`aigc doctor`."""

import sys

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def doctor(as_json: bool) -> None:
    """Check this machine and say what to do about what is missing."""
    from aigc_course import doctor as checks

    findings = checks.examine()
    click.echo(checks.as_json(findings) if as_json else checks.as_text(findings))
    if any(finding.status == "problem" for finding in findings):
        sys.exit(1)

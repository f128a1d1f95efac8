"""`mre-gateway connector new`: a plugin that works, to start from."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.which_gateway import as_json_option, print_json

CAPABILITIES = ("filing", "tracking", "paying", "shipping", "booking", "messaging")


@click.command("new")
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="plugins",
    show_default=True,
    help="Folder to write it in.",
)
@click.option(
    "--capability",
    "capabilities",
    type=click.Choice(CAPABILITIES),
    multiple=True,
    default=("filing",),
    show_default=True,
    help="What the portal does, repeatable.",
)
@click.option(
    "--from",
    "description",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The portal's OpenAPI description (3.0 or 3.1, JSON) or WSDL (1.1): its messages become models.py.",
)
@click.option(
    "--about-person/--about-nobody",
    default=None,
    help="The form is about the person who signs in, and what comes of it is a PDF; or a question about nobody. About "
    "the person, if the portal takes demands.",
)
@click.option("--with-file", is_flag=True, help="That form has a file.")
@click.option("--with-question", is_flag=True, help="The portal asks for a document before it decides.")
@click.option("--package", is_flag=True, help="Write a distribution, with the plugin as a package in it.")
@as_json_option
def command(
    name: str,
    folder: Path,
    capabilities: tuple[str, ...],
    description: Path | None,
    about_person: bool | None,
    with_file: bool,
    with_question: bool,
    package: bool,
    as_json: bool,
) -> None:
    """Write a small plugin that works and passes `check`, with tests and a stand-in for its portal.

    It is the folder NAME, to be named in the settings, or with --package a distribution: pyproject.toml, entry point,
    tests, and a workflow that checks it. With --from, models.py has a struct for each object that the portal's OpenAPI
    description or WSDL names, to be used in mapping.py instead of those that are there.
    """
    from gateway.testing import openapi_models, wsdl_models
    from gateway.testing.model_writer import MOST_BYTES, BadDescription
    from gateway.testing.scaffold import FORMS, CannotCreate, create_package, create_plugin

    about = "filing" in capabilities if about_person is None else about_person
    text = ""
    if description is not None:
        try:
            with description.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            reader = wsdl_models if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else openapi_models
            text = reader.models(content)
        except BadDescription as problem:
            raise click.ClickException(f"{description}: {problem}") from problem
        except OSError as problem:
            raise click.ClickException(f"cannot read {description}: {problem.strerror}") from problem
    parts = [*(["file"] if with_file else []), *(["question"] if with_question else [])]
    try:
        if package:
            made, plugin = create_package(name, folder, capabilities, about_person=about, parts=parts)
        else:
            made = plugin = create_plugin(name, folder, capabilities, about_person=about, parts=parts)
        if text:
            (plugin / "models.py").write_text(text, encoding="utf-8")
    except CannotCreate as problem:
        raise click.UsageError(str(problem)) from problem
    except OSError as problem:
        raise click.ClickException(f"cannot write in {folder}: {problem.strerror}") from problem
    if as_json:
        told = {"id": name, "folder": str(made)} | ({"plugin": str(plugin)} if package else {})
        print_json(told)
        return
    check = f"`mre-gateway connector check {made}`"
    if parts:
        forms = " ".join(f"--form '{each}'" for each in FORMS)
        click.echo(f"{made} is there. Next: `mre-gateway connector record {made} {forms}`,")
        click.echo(f"{check}, then write its README.")
    else:
        click.echo(f"{made} is there. Next: {check}, then write its README.")
    path = str(made) if "/" in str(made) else f"./{made}"
    click.echo(f'To load it: plugins.added = ["{path}"]')

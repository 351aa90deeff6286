"""`cuewise view`: the runs of a workspace, in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from cuewise.cli import options as opt


def view_command(
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")
    ] = 8321,
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote",
            help="Let other machines reach it, which see the clips and answers; a token is then asked for.",
        ),
    ] = False,
    token: Annotated[
        bool,
        typer.Option(
            "--token", help="Ask for a token here too, so that other users of this machine see nothing."
        ),
    ] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
) -> None:
    """Look at runs, their samples and clips in a browser: as long as it runs, also at runs that are under way."""
    import webbrowser

    from cuewise.cli.output import say
    from cuewise.errors import InputError
    from cuewise.runs.workspace import Workspace
    from cuewise.web.opening import page_to_open
    from cuewise.web.serving import access_to, listen, require_extra, serve

    require_extra("the viewer")
    if not workspace.is_dir():
        raise InputError(
            f"there is no workspace {workspace}: name one with --workspace, or make one with `cuewise demo`"
        )

    from cuewise.viewer.app import make_app

    taken, address = listen(host, port, allow_remote=allow_remote)
    access = access_to(address, ask_token=token)
    url = f"{address.url}/" + (f"?token={access.token}" if access.token else "")

    def ready() -> None:
        say(f"{workspace} is shown at {url}")
        if not Workspace(workspace).runs_path.is_dir():
            say(
                "It has no runs yet. If there should be some, name the folder that they are in with --workspace."
            )
        if access.token:
            open_line = "" if address.is_loopback else ", and the connection is not encrypted"
            say(f"Whoever has this address sees all of it{open_line}.")
        say("Ctrl+C ends it.")
        if not no_open and address.is_loopback:
            webbrowser.open(to_open)

    with page_to_open(url, is_secret=access.token is not None) as to_open:
        serve(make_app(Workspace(workspace), access), taken, ready=ready)

"""`cuewise study serve`: the pages that people rate in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.study.records import Study
    from cuewise.study.store import RatingStore
    from cuewise.web.serving import Address

PORT = 8322


def study_serve_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The study.")],
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all of them.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on. Raters' links contain it.")
    ] = PORT,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines in: needed for any other --host.")
    ] = False,
    links: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write raters' links to a new file of your own instead of printing them."
        ),
    ] = None,
    new_links: Annotated[
        bool,
        typer.Option("--new-links", help="Make new links for all raters; the old ones are void at once."),
    ] = False,
) -> None:
    """Serve a study's pages to its raters.

    At the first start each rater's personal link is printed, once: only its hash is kept. Every click is on disk before
    its page says so; stop and start the server as you like.
    """
    from contextlib import closing

    from cuewise.cli.output import say
    from cuewise.media.store import MediaStore
    from cuewise.runs.workspace import Workspace
    from cuewise.study.folder import existing_study
    from cuewise.study.store import RatingStore
    from cuewise.web.serving import ANOTHER_PORT, Address, access_to, listen, require_extra, serve

    require_extra("a study's server")
    from cuewise.study.web.app import OPEN_PATHS, rating_app
    from cuewise.study.web.site import Site
    from cuewise.web.guard import Guard

    place = Workspace(workspace)
    folder = existing_study(place, name)
    study = folder.study()
    with closing(RatingStore(folder.ratings_path)) as store:
        in_use = ANOTHER_PORT if new_links else _if_in_use(store, Address(host, port))
        taken, address = listen(host, port, allow_remote=allow_remote, if_in_use=in_use)
        with taken:
            _give_links(study, store, address, file=links, anew=new_links)
            access = access_to(address, open_paths=OPEN_PATHS)
            app = Guard(rating_app(Site(study, store, MediaStore(place.media_path))), access)
            token = f"?token={access.token}" if access.token else ""

            def ready() -> None:
                say(f"Study {name} is open to its raters. How far they are: {address.url}/{token}")
                if access.token:
                    say(
                        "Whoever has this address sees that; the connection is not encrypted, and links are secrets."
                    )
                say("Ctrl+C ends it; nothing that was saved is lost.")

            serve(app, taken, ready=ready)


def _elsewhere(store: RatingStore, address: Address) -> str:
    """For which other places raters have links, in words; empty where they open here, or it is not known."""
    return " and ".join(sorted(host for host in store.link_hosts() if not address.answers_to(host)))


def _if_in_use(store: RatingStore, address: Address) -> str:
    """What to do where the port is taken: links that were given out open on no other."""
    from cuewise.web.serving import ANOTHER_PORT

    if not store.linked():
        return ANOTHER_PORT
    if elsewhere := _elsewhere(store, address):
        return f"raters' links are for {elsewhere}: serve the study there"
    return (
        "raters have links to this port, which open on no other: first end the program that listens on it, which may be"
        " this study's own server; on another --port, --new-links makes new ones"
    )


def _give_links(study: Study, store: RatingStore, address: Address, *, file: Path | None, anew: bool) -> None:
    """Make links for raters who have none, or for all; they are out before they open anything.

    Raises:
        InputError: the file cannot be written, or there is nothing to write.
    """
    from cuewise.cli.output import say
    from cuewise.errors import InputError
    from cuewise.study.web.links import new_tokens, write_links

    linked = store.linked()
    wanting = [rater for rater in study.plan.raters if anew or rater not in linked]
    if not wanting:
        if file is not None:
            raise InputError(
                "raters have their links already, of which only hashes are kept: leave out --links, or add --new-links"
                " to make new ones, which make the old ones void"
            )
        say("Raters have their links; --new-links makes new ones.")
        if elsewhere := _elsewhere(store, address):
            say(
                f"Links given out are for {elsewhere} and will not open here, at {address.name}, unless a proxy"
                f" leads them here: serve the study at {elsewhere}, or make new links."
            )
        return
    tokens = new_tokens(wanting)
    links = {rater: f"{address.url}/r/{token}" for rater, token in tokens.items()}
    if file is not None:
        write_links(file, links)
        say(f"Links are in {file}, which only you can read. Give each rater his or her own.")
    else:
        say("Links, printed this once. Give each rater his or her own:")
        for rater, link in links.items():
            print(f"{rater}\t{link}", flush=True)
    for rater, token in tokens.items():
        store.set_token(rater, token, address.name)

"""Who may ask: names, tokens, sizes, and where a change comes from."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from cuewise.errors import InputError
from cuewise.web.guard import Access, Guard, cookie_name
from cuewise.web.serving import Address, access_to, listen
from support.viewer_app import served_app

HOST = "127.0.0.1:8765"


async def _echo(request: Request) -> Response:
    return PlainTextResponse(f"{request.url.path} {len(await request.body())}")


def _client(access: Access, *, most_bytes: int = 100) -> TestClient:
    app = Starlette(routes=[Route("/{path:path}", _echo, methods=["GET", "POST"])])
    return TestClient(
        Guard(app, access, most_bytes=most_bytes), base_url=f"http://{HOST}", follow_redirects=False
    )


@pytest.fixture
def local() -> TestClient:
    return _client(Access(Address("127.0.0.1", 8765).hosts()))


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:8766", "", "127.0.0.1:8765.evil.example"]
)
def test_another_name_than_ours_is_refused(local: TestClient, host: str) -> None:
    assert local.get("/", headers={"Host": host}).status_code == 421


def test_browsers_leave_out_the_port_80() -> None:
    assert Address("lab.example", 80).hosts() == frozenset({"lab.example", "lab.example:80"})
    assert Address("lab.example", 81).hosts() == frozenset({"lab.example:81"})


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765"])
def test_our_names_pass(local: TestClient, host: str) -> None:
    assert local.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": f"http://{HOST}"}, 200),
        ({"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": f"http://{HOST}.evil.example"}, 403),
        ({"Origin": f"http://{HOST}", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_only_our_own_pages_change_anything(
    local: TestClient, headers: Mapping[str, str], status: int
) -> None:
    assert local.post("/", content=b"x", headers=headers).status_code == status


def test_long_bodies_are_refused_with_and_without_a_stated_length(local: TestClient) -> None:
    ours = {"Origin": f"http://{HOST}"}
    assert local.post("/", content=b"x" * 101, headers=ours).status_code == 413
    assert local.post("/", content=b"x" * 100, headers=ours).text == "/ 100"
    assert local.post("/", content=b"", headers=ours | {"Content-Length": "-1"}).status_code == 413
    assert local.post("/", content=iter([b"x" * 60, b"x" * 40]), headers=ours).text == "/ 100"


def test_a_long_body_in_pieces_is_refused_by_a_real_server() -> None:
    """Its length is not told beforehand."""
    app = Starlette(routes=[Route("/", _echo, methods=["POST"])])
    with served_app(lambda access: Guard(app, access, most_bytes=100)) as url:
        host = url.partition("://")[2]
        for pieces, status in ([b"x" * 60] * 2, 413), ([b"x" * 50] * 2, 200):
            connection = HTTPConnection(host, timeout=10)
            with closing(connection):
                connection.request("POST", "/", iter(pieces), {"Origin": url}, encode_chunked=True)
                assert connection.getresponse().status == status


def test_who_says_no_name_and_no_origin_changes_nothing() -> None:
    """Neither is in a request by HTTP 1.0, and a server for any name does not look at the first."""
    client = _client(Access(None))
    for origin in ({}, {"Origin": ""}, {"Origin": "null"}, {"Origin": "http://"}):
        assert client.post("/", content=b"x", headers={"Host": "", **origin}).status_code == 403


def test_a_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(local: TestClient) -> None:
    for answer in (local.get("/"), local.get("/", headers={"Host": "evil.example"})):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_token_is_asked_for_once_and_then_kept_in_a_cookie() -> None:
    client = _client(Access(None, "let-me-in", open_paths=("/r/",)))
    assert client.get("/runs").status_code == 401
    assert client.get("/runs?token=wrong").status_code == 401
    first = client.get("/runs?token=let-me-in&task=SA")
    assert (first.status_code, first.headers["Location"]) == (303, "/runs?task=SA")
    assert "let-me-in" not in first.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= set(first.headers["Set-Cookie"].split("; "))
    assert client.cookies[cookie_name("let-me-in")] != "let-me-in"
    assert client.get("/runs").status_code == 200
    # Nor does it stay in the address of somebody who is known already.
    again = client.get("/runs?token=let-me-in&task=&q=x")
    assert (again.status_code, again.headers["Location"]) == (303, "/runs?task=&q=x")
    client.cookies.clear()
    assert client.get("/r/some-rater").status_code == 200
    assert client.get("/runs").status_code == 401


def test_two_servers_of_a_host_have_cookies_of_their_own() -> None:
    """Browsers send a cookie to all ports of a host."""
    servers = {token: _client(Access(None, token)) for token in ("let-me-in", "me-too")}
    jar: dict[str, str] = {}
    for token, client in servers.items():
        name, _, value = client.get(f"/?token={token}").headers["Set-Cookie"].split(";")[0].partition("=")
        jar[name] = value
        client.cookies.clear()
    sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
    assert [client.get("/", headers=sent).status_code for client in servers.values()] == [200, 200]


def test_a_token_never_sends_a_browser_elsewhere() -> None:
    client = _client(Access(None, "let-me-in"))
    answer = client.get(f"http://{HOST}//evil.example/?token=let-me-in")
    assert answer.headers["Location"] == "/evil.example/"


def test_a_link_with_a_token_leads_to_where_it_says() -> None:
    client = _client(Access(None, "let-me-in"))
    answer = client.get(f"http://{HOST}/samples/a%3Fb%23c%25%C3%A9?token=let-me-in&x=1")
    assert answer.headers["Location"] == "/samples/a%3Fb%23c%25%C3%A9?x=1"
    # What is given without a value, such as a filter that was cleared, is given further on too.
    client.cookies.clear()
    answer = client.get(f"http://{HOST}/samples?label=&token=let-me-in&x=1")
    assert answer.headers["Location"] == "/samples?label=&x=1"


def test_others_can_reach_it_only_where_that_is_said_and_with_a_token() -> None:
    with pytest.raises(InputError, match="--allow-remote"):
        listen("0.0.0.0", 0, allow_remote=False)
    taken, address = listen("0.0.0.0", 0, allow_remote=True)
    taken.close()
    token = access_to(address).token
    assert token is not None
    assert len(token) >= 32
    assert token != access_to(address).token
    taken, address = listen("127.0.0.1", 0, allow_remote=False)
    with taken:
        assert access_to(address).token is None
        assert access_to(address, ask_token=True).token
        with pytest.raises(InputError, match=f"port {address.port} cannot be listened on .* another --port"):
            listen("127.0.0.1", address.port, allow_remote=False)


@pytest.mark.parametrize(
    ("host", "name", "answers"),
    [
        *(("127.0.0.1", "127.0.0.1:8322", True), ("127.0.0.1", "localhost:8322", True)),
        *(("127.0.0.1", "127.0.0.1:83222", False), ("127.0.0.1", "lab.example:8322", False)),
        *(("0.0.0.0", "lab.example:8322", True), ("0.0.0.0", "lab.example:9322", False)),
        *(("::1", "[::1]:8322", True), ("Lab.example", "lab.Example:8322", True)),
    ],
)
def test_under_which_names_a_server_is_reached(host: str, name: str, answers: bool) -> None:
    assert Address(host, 8322).answers_to(name) is answers


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("banana", "Name or service not known"),
        ("a..b", "no name of a machine"),
        ("x" * 64, "no name of a machine"),
        ("192.0.2.1", "Cannot assign requested address"),  # of RFC 5737: no machine's
    ],
)
def test_another_host_is_advised_where_it_is_not_the_port(
    host: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def unknown(name: str, *rest: Any, **more: Any) -> Any:
        """Asks no server for a name."""
        if name == "banana":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(InputError) as told:
        listen(host, 0, allow_remote=True)
    assert str(told.value).startswith(f"{host} cannot be listened on ({why}): give another --host, ")
    assert "--port" not in str(told.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *(("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)),
        *(("0.0.0.0", False), ("192.168.0.4", False), ("lab.example", False), ("::", False)),
    ],
)
def test_what_is_loopback(host: str, loopback: bool) -> None:
    assert Address(host, 1).is_loopback is loopback

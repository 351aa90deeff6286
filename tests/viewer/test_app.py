"""The application's routes: what they show, what they refuse, and that nothing foreign becomes a page's own."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from starlette.testclient import TestClient

from cuewise.records import Answer, Clip, Outcome, OutcomeKind, Protocol
from cuewise.reports.overview import view_run
from cuewise.runs.workspace import Workspace
from cuewise.samples.problems import Problem
from cuewise.study.records import Click, Said
from cuewise.study.store import RatingStore
from cuewise.viewer.app import make_app
from cuewise.viewer.index import Progress, ViewIndex
from cuewise.viewer.list_page import SEEN
from cuewise.viewer.summaries import Summaries
from cuewise.web.guard import Access
from support.outcomes import make_outcomes, make_run, make_samples, repeat_outcomes
from support.rated_studies import click_all
from support.studies import make_study_folder

HOST = "127.0.0.1:8765"
EVIL = "<script>window.hacked = 1</script>"
SAMPLES = make_samples(30)
ODD = ("../../etc/passwd", "a/./b?x=1&y#z", f"ER-Lab/{EVIL}", "100 % ünïcode/ مرحبا.mp4", "ends/calls")


def _odd() -> list[Outcome]:
    """Outcomes whose samples have ids, answers and labels that are no plain words."""
    outcomes = make_outcomes(SAMPLES[: len(ODD)], seed="odd", fail_every=0)
    made = []
    for name, outcome in zip(ODD, outcomes, strict=True):
        clip = Clip(id=name)
        sample = outcome.sample.model_copy(update={"id": name, "clip": clip, "labels": (EVIL,)})
        answer = Answer(text=f"{EVIL} zebra")
        made.append(outcome.model_copy(update={"sample": sample, "answer": answer}))
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    make_run(root, "alpha", make_outcomes(SAMPLES, seed="alpha"), model="openai/gpt-4o")
    rules = Protocol.GROUNDED
    better = make_outcomes(SAMPLES, seed="beta", skill=0.8, protocol=rules)
    make_run(root, "beta", better, model="x/beta", protocol=rules)
    make_run(root, "often", repeat_outcomes(SAMPLES[:4], 3, seed="often"), model="x/often", epochs=3)
    make_run(root, "odd", _odd(), model=f"x/{EVIL}")
    return root


@pytest.fixture(scope="module")
def client(workspace: Path) -> Iterator[TestClient]:
    app = make_app(Workspace(workspace), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False) as found:
        while "Reading" in found.get("/").text:
            pass
        yield found


def words(html: str) -> str:
    """What a page says."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def links(html: str, beginning: str) -> list[str]:
    """Addresses that a page leads to."""
    return [
        unescape(one) for one in re.findall(r'href="([^"]*)"', html) if unescape(one).startswith(beginning)
    ]


def test_runs_have_the_figures_of_their_reports(client: TestClient, workspace: Path) -> None:
    from cuewise.result import open_run

    page = client.get("/").text
    for name in ("alpha", "beta", "often", "odd"):
        overall = open_run(name, workspace=workspace).summary.overall()
        row = next(part for part in page.split("<tr>") if f">{name}</bdi>" in part)
        figures = [float(found) for found in re.findall(r'class="num score">([\d.]+)<', row)]
        assert figures == [
            round(value or 0, 1) for value in (overall.recognition, overall.reasoning, overall.cot)
        ]
        assert f"{overall.coverage:.1f} %" in row


def test_runs_are_sorted_as_asked(client: TestClient) -> None:
    def order(query: str) -> list[str]:
        return [url.removeprefix("/runs/") for url in links(client.get(f"/?{query}").text, "/runs/")]

    assert order("sort=run&order=asc") == ["alpha", "beta", "odd", "often"]
    assert order("sort=run&order=desc") == ["often", "odd", "beta", "alpha"]
    assert order("sort=cot")[0] == "beta"
    assert sorted(order("sort=nonsense&order=<x>")) == ["alpha", "beta", "odd", "often"]


def test_a_run_is_told_in_words_scores_and_settings(client: TestClient) -> None:
    page = client.get("/runs/alpha").text
    for _ in range(200):
        if "are being worked out" not in page:
            break
        page = client.get("/runs/alpha").text
    said = words(page)
    assert "openai/gpt-4o was asked 30 samples of mme-emotion" in said
    assert "All samples" in said
    assert "95 % interval" in said
    # 30 samples, every 15th of which ends without a score.
    assert "scored 28 93.3 %" in said
    assert "refused to answer 1 3.3 %, lies with the model" in said
    assert "cuewise run --data …/mme-emotion" in said
    assert "/home/ana" not in page


def test_what_belongs_to_one_machine_or_user_is_on_no_page(tmp_path: Path) -> None:
    from cuewise.reports.html import render
    from cuewise.result import open_run

    for name, who in (("one", "ana"), ("two", "bob")):
        make_run(tmp_path, name, make_outcomes(SAMPLES[:3], seed=name))
        path = Workspace(tmp_path).run(name).manifest_path
        manifest = json.loads(path.read_text(encoding="utf-8"))
        model = {
            "name": f"hf//home/{who}/secret-project/model-7b",
            "parameters": {
                "base_url": f"http://{who}:pw123@host:8000/v1",
                "api_key": f"sk-{'abcd' * 6}{who}",
            },
        }
        manifest["settings"] |= {"model": model, "judge": model, "dataset": f"/home/{who}/private-data/clips"}
        path.write_text(json.dumps(manifest), encoding="utf-8")
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        while "6 answers" not in words(client.get("/samples").text):
            pass
        while "are being worked out" in (page := client.get("/runs/one?against=two").text):
            pass
        shown = [page, client.get("/").text, client.get(f"/runs/one/samples/{SAMPLES[1].id}?with=two").text]
    shown.append(render([open_run(name, workspace=tmp_path) for name in ("one", "two")]))
    secrets = ("/home/", "secret-project", "private-data", "pw123", "sk-abcd")
    for page in shown:
        assert "model-7b" in page
        assert [page[max(0, page.find(s) - 150) : page.find(s) + 50] for s in secrets if s in page] == []
    assert "hf/model-7b was asked 3 samples of …/clips" in words(shown[0])
    assert "http://host:8000/v1" in shown[0]
    assert "model differs in what is not shown" in words(shown[0])


def test_settings_are_held_beside_another_runs(client: TestClient) -> None:
    said = words(client.get("/runs/alpha?against=beta").text)
    assert "protocol was grounded, is mme-emotion" in said
    assert client.get("/runs/alpha?against=nothing").status_code == 404


def test_each_outcome_leads_to_its_list(client: TestClient) -> None:
    (url,) = [one for one in links(client.get("/runs/alpha").text, "/samples") if "kind=refused" in one]
    page = client.get(url).text
    assert "1 answer" in words(page)
    assert "refused to answer" in page


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 30 + 30 + 12 + 5),
        ("run=alpha", 30),
        ("run=alpha&run=often", 42),
        ("run=often&epoch=2", 4),
        ("q=zebra", 5),
        ("q=zebra&run=alpha", 0),
        ("run=alpha&kind=scored", 28),
        ("label=" + quote(EVIL), 5),
        ("task=nonsense", 0),
        ("recognition-min=200&run=alpha", 30),
    ],
)
def test_lists_are_narrowed_by_their_address(client: TestClient, query: str, total: int) -> None:
    answer = client.get(f"/samples?{query}")
    assert answer.status_code == 200
    assert f"{total} answer" in words(answer.text)
    assert answer.text.count("data-row") == min(total, 50)


def test_what_of_an_address_cannot_be_used_is_told(client: TestClient) -> None:
    assert "recognition-min=200 is no number from 0 to 100" in words(
        client.get("/samples?recognition-min=200").text
    )


def test_a_filter_is_removed_by_its_chip(client: TestClient) -> None:
    page = client.get("/samples?run=alpha&run=often&q=brows").text
    chips = page[page.index('class="chips"') :]
    chips = chips[: chips.index("</ul>")]
    assert links(chips, "/samples") == [
        "/samples?run=alpha&run=often",
        "/samples?run=often&q=brows",
        "/samples?run=alpha&q=brows",
        "/samples",
    ]


def test_a_list_has_pages_and_orders(client: TestClient) -> None:
    page = client.get("/samples").text
    assert "1–50 of 77" in words(page)
    page = client.get("/samples?from=50").text
    assert "51–77 of 77" in words(page)
    assert "51–77 of 77" in words(client.get("/samples?from=5000").text)
    assert 'href="/samples?sort=cot&amp;order=desc"' in page
    best = client.get("/samples?sort=cot&order=desc&run=beta").text
    figures = [float(one) for one in re.findall(r'data-label="CoT" class="num score">([\d.]+)<', best)]
    assert figures == sorted(figures, reverse=True)
    assert len(figures) == 28


def test_samples_are_gone_through_in_the_list_they_were_chosen_from(client: TestClient) -> None:
    listed = client.get("/samples?run=alpha&sort=cot&order=desc&kind=scored").text
    urls = links(listed, "/runs/alpha/samples/")
    assert len(urls) == 28
    seen, url = [], urls[0]
    for place in range(1, 29):
        page = client.get(url).text
        assert f"{place} of 28" in words(page)
        back = links(page, "/samples?")[0]
        assert back == f"/samples?run=alpha&kind=scored&sort=cot&order=desc#n{place}"
        seen.append(url)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        assert (following is None) == (place == 28)
        url = unescape(following[1]) if following else ""
    assert seen == urls


def test_runs_beside_one_another_stay_while_samples_are_gone_through(client: TestClient) -> None:
    listed = client.get("/samples?run=alpha&run=beta&sort=cot&order=desc").text
    urls = links(listed, "/runs/")
    names = [url.split("/samples/")[1].split("?")[0] for url in urls if "/samples/" in url]
    wanted = list(dict.fromkeys(names))  # each sample where its first row stands
    assert len(wanted) < len(names)
    first = next(url for url in urls if "/samples/" in url)
    run = first.split("/")[2]
    url = first.replace("?", f"?with={({'alpha', 'beta'} - {run}).pop()}&")
    seen = []
    while url:
        page = client.get(url).text
        seen.append(url.split("/samples/")[1].split("?")[0])
        assert url.split("/")[2] == run  # the columns do not change places
        assert set(re.findall(r'aria-label="Run (\w+)"', page)) == {"alpha", "beta"}
        assert re.search(rf"\b{len(seen)} of \d+ samples", words(page))
        following = re.search(r'href="([^"]*)" rel="next"', page)
        url = unescape(following[1]) if following else ""
    assert seen[: len(wanted)] == wanted
    assert len(seen) == len(set(seen)) == 30


def _walk(client: TestClient, url: str) -> Iterator[tuple[str, list[str], int]]:
    """From a sample to the next to the last: the run that each page is of, those beside it, the epoch."""
    while url:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        yield parts.path.split("/")[2], query.get("with", []), int(query.get("epoch", ["0"])[0])
        following = re.search(r'href="([^"]*)" rel="next"', client.get(url).text)
        url = unescape(following[1]) if following else ""


def test_the_same_runs_stay_where_a_sample_is_in_the_list_for_another_runs_sake(client: TestClient) -> None:
    listed = client.get("/samples?right=wrong").text
    assert {"alpha", "beta", "often", "odd"} <= {url.split("/")[2] for url in links(listed, "/runs/")}
    first = next(url for url in links(listed, "/runs/alpha/samples/"))
    pages = [*_walk(client, first.replace("?", "?with=beta&"))]
    # A sample that neither of them has is shown by the run that has it, with both still chosen.
    assert {run for run, _, _ in pages} == {"alpha", "odd"}
    assert len([run for run, _, _ in pages if run == "alpha"]) > 10
    assert all(
        [one for one in (run, *others) if one != "odd"] == ["alpha", "beta"] for run, others, _ in pages
    )


def test_a_run_that_has_the_next_sample_takes_the_place_of_one_that_has_not(client: TestClient) -> None:
    third = next(url for url in links(client.get("/samples?run=often").text, "/runs/often/samples/"))
    url = third.split("?")[0] + "?with=alpha&epoch=1&list=run%3Dalpha%26run%3Doften"
    pages = [*_walk(client, url)]
    assert pages[:4] == [("often", ["alpha"], 1)] * 4  # the samples that it has, in the same epoch
    assert pages[4:] == [("alpha", ["often"], 0)] * 26


def test_the_way_back_leads_to_the_page_of_the_list_that_has_the_sample(client: TestClient) -> None:
    url = links(client.get("/samples?from=50").text, "/runs/")[2]
    assert "/samples/" in url
    (back,) = {one for one in links(client.get(url).text, "/samples?") if "#" in one}
    path, _, anchor = back.partition("#")
    assert f'<a id="{anchor}"' in client.get(path).text


def test_runs_stand_beside_one_another(client: TestClient) -> None:
    sample = SAMPLES[0].id
    page = client.get(f"/runs/alpha/samples/{sample}?with=beta&with=often&with=odd").text
    assert re.findall(r'aria-label="Run (\w+)"', page) == ["alpha", "beta", "often"]
    assert page.count("checked>") == 2
    # It does not have it, which is said, and stays chosen.
    assert "odd has no answer to this sample" in words(page)
    assert '<input type="hidden" name="with" value="odd">' in page
    assert page.count('name="with"') == 3


def test_a_run_without_the_sample_is_shown_again_on_the_next(client: TestClient) -> None:
    url = f"/runs/alpha/samples/{SAMPLES[3].id}?with=often&list=run%3Dalpha"
    for way, shown in (("next", ["alpha", "often"]), ("prev", ["alpha"]), ("next", ["alpha", "often"])):
        page = client.get(url).text
        assert re.findall(r'aria-label="Run (\w+)"', page) == shown
        assert ("often has no answer to this sample" in words(page)) == (shown == ["alpha"])
        (found,) = re.findall(rf'href="([^"]*)" rel="{way}"', page)
        url = unescape(found)


def test_answers_of_other_epochs_are_a_link_away(client: TestClient) -> None:
    sample = SAMPLES[0].id
    page = client.get(f"/runs/often/samples/{sample}?epoch=1").text
    assert f"/runs/often/samples/{quote(sample)}?epoch=2" in links(page, "/runs/often/samples")
    # One that there is not is the last that there is.
    assert 'aria-current="true">3' in client.get(f"/runs/often/samples/{sample}?epoch=999999").text


def test_samples_with_any_id_are_found_through_their_links(client: TestClient) -> None:
    found = set()
    for url in links(client.get("/samples?run=odd").text, "/runs/odd/samples/"):
        page = client.get(url)
        assert page.status_code == 200
        assert EVIL not in page.text
        title = re.search(r"<h1[^>]*>(.*?)</h1>", page.text)
        assert title
        found.add(unescape(title[1]))
        # As a browser makes it, which takes dots for steps through folders.
        assert not {".", ".."} & set(url.partition("?")[0].split("/"))
    assert found == set(ODD)


def test_addresses_hold_any_id_and_list_but_those_that_are_too_long(tmp_path: Path) -> None:
    named = [
        sample.model_copy(update={"id": name})
        for sample, name in zip(SAMPLES[:3], ("x" * 9000, "two\nlines", "plain"), strict=True)
    ]
    make_run(tmp_path, "one", make_outcomes(named, fail_every=0))
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        while "3 answers" not in words(page := client.get("/samples?task=&order=desc").text):
            pass
        assert "too long for an address" in words(page)
        urls = links(page, "/runs/one/samples/")
        assert [client.get(url).status_code for url in urls] == [200, 200]
        assert all("list=order%3Ddesc" in url for url in urls)
        labels = [f"{'标签' * 30}{at}" for at in range(40)] + [SAMPLES[2].labels[0]]
        page = client.get("/samples?" + "&".join(f"label={quote(label)}" for label in labels)).text
        urls = links(page, "/runs/one/samples/")
        assert urls
        assert not any("list=" in url for url in urls)


def test_progress_is_told_in_numbers(client: TestClient) -> None:
    told = client.get("/runs/alpha/live.json").json()
    row = client.get("/?sort=run").text.split("<tr>")[2]
    assert f">{told['cot']:.1f}<" in row
    assert (told["run"], told["state"], told["done"], told["expected"]) == ("alpha", "finished", 30, 30)
    assert told["kinds"] == {"scored": 28, "refused": 1, "unparseable_answer": 1}
    assert told["left_s"] is None
    latest = links(told["html"], "/runs/alpha/samples/")
    assert [unescape(url).partition("?")[0] for url in latest] == [
        f"/runs/alpha/samples/{quote(sample.id)}" for sample in SAMPLES[:-9:-1]
    ]


@pytest.mark.parametrize(
    "url", ["/", "/samples", "/samples?q=" + quote(EVIL), "/runs/odd", "/samples?label=" + quote(EVIL)]
)
def test_foreign_text_is_text(client: TestClient, url: str) -> None:
    page = client.get(url).text
    assert EVIL not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "url",
    [
        "/nothing",
        "/runs/nothing",
        "/runs/..%2f..%2fetc",
        "/runs/%00",
        "/runs/" + "a" * 10_000,
        "/runs/alpha/samples/" + "b" * 10_000,
        "/runs/alpha/samples/%00",
        "/runs/alpha/samples/..%2f..%2fmanifest.json",
        "/runs/alpha/samples/%ff%fe",
        "/runs/alpha/report.html",
        "/runs/nothing/live.json",
        "/calls?run=alpha&sample=nothing",
        "/calls?run=..%2f&sample=x",
        "/calls",
        f"/media/{'0' * 64}.jpg",
        "/media/..%2f..%2fcalls.sqlite.jpg",
        f"/media/{'0' * 64}.exe",
        f"/clip/{'0' * 64}",
        "/clip/..%2fcalls.sqlite",
        "/assets/..%2fapp.py",
        "/assets/nothing.js",
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert str(Path.home()) not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"run=r{at}" for at in range(900)),
        "&" * 5000,
        "q=" + "x" * 30_000,
        "q=%00%ff%ed%a0%80",
        "sort=%00&order=%00&size=-1&from=99999999999999999999",
        "size=1e9&from=-1",
        "epoch=99999999999999",
        "task=%27%20OR%201=1--",
    ],
)
def test_no_query_breaks_the_list(client: TestClient, query: str) -> None:
    assert client.get(f"/samples?{query}").status_code == 200


@pytest.mark.parametrize("url", ["/", "/samples", "/runs/alpha", "/nothing", "/runs/alpha/live.json"])
def test_every_page_says_what_it_may_load(client: TestClient, url: str) -> None:
    headers = client.get(url).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_a_report_is_shut_in(client: TestClient, workspace: Path) -> None:
    path = Workspace(workspace).run("beta").report_path
    path.write_text("<!doctype html><title>r</title><script>1</script>", encoding="utf-8")
    try:
        answer = client.get("/runs/beta/report.html")
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts; default-src 'none'")
        assert "allow-same-origin" not in policy
        assert "connect-src" not in policy  # so nothing, by default-src
        assert "/runs/beta/report.html" in links(client.get("/").text, "/runs/beta/")
    finally:
        path.unlink()


def test_nothing_can_be_changed(client: TestClient) -> None:
    origin = {"Origin": f"http://{HOST}"}
    for url in ("/", "/samples", "/runs/alpha", "/calls"):
        assert client.post(url, headers=origin).status_code == 405


def test_a_new_run_is_seen_at_once_and_one_that_is_gone_no_more(tmp_path: Path) -> None:
    make_run(tmp_path, "first", make_outcomes(SAMPLES[:3]))
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        while "3 answers" not in words(client.get("/samples").text):
            pass
        assert client.get("/runs/second").status_code == 404
        make_run(tmp_path, "second", make_outcomes(SAMPLES[:5]))
        while "8 answers" not in words(client.get("/samples").text):
            pass
        assert "interrupted" not in client.get("/").text


def test_a_broken_run_is_told_and_harms_no_other(tmp_path: Path) -> None:
    make_run(tmp_path, "good", make_outcomes(SAMPLES[:3]))
    make_run(tmp_path, "bad", make_outcomes(SAMPLES[:3]))
    folder = Workspace(tmp_path).run("bad")
    folder.manifest_path.write_text('{"run": 1}', encoding="utf-8")
    make_run(tmp_path, "worse", make_outcomes(SAMPLES[:3]))
    with closing(sqlite3.connect(Workspace(tmp_path).run("worse").outcomes_path)) as db, db:
        db.execute("UPDATE outcomes SET body = '{' WHERE position = 1")
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False) as client:
        said = words(client.get("/").text)
        while "2 problems" not in said:
            said = words(client.get("/").text)
        assert "the manifest of run bad" in said
        assert "1 of its outcomes cannot be read" in said
        assert client.get("/runs/good").status_code == 200
        answer = client.get("/runs/bad")
        assert answer.status_code == 404
        page = client.get("/runs/worse")
        while "are being worked out" in page.text:
            page = client.get("/runs/worse")
        said = words(page.text)
        assert f"There are no figures: the outcome of {SAMPLES[1].id} in run worse cannot be read" in said
        assert "What determines the scores" in said
        damaged = client.get(f"/runs/worse/samples/{SAMPLES[1].id}")
        assert damaged.status_code == 404


def test_a_sample_that_cannot_be_read_in_one_run_is_shown_of_the_others(tmp_path: Path) -> None:
    for name in ("good", "bad"):
        make_run(tmp_path, name, make_outcomes(SAMPLES[:3]))
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False) as client:
        while "6 answers" not in words(client.get("/samples").text):
            pass
        Workspace(tmp_path).run("bad").outcomes_path.write_bytes(b"x" * 5000)
        page = client.get(f"/runs/good/samples/{SAMPLES[1].id}?with=bad")
        assert page.status_code == 200
        assert "the outcomes of run bad cannot be opened" in words(page.text)
        assert 'aria-label="Run good"' in page.text
        assert 'aria-label="Run bad"' not in page.text


def test_values_that_are_chosen_stand_first_where_not_all_can_be_seen(tmp_path: Path) -> None:
    names = [f"run-{number}" for number in range(SEEN + 1)]
    for name in names:
        make_run(tmp_path, name, make_outcomes(SAMPLES[:1], seed=name))
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        while "9 answers" not in words(client.get("/samples").text):
            pass
        page = client.get("/samples?run=run-7&run=run-5").text
    listed = re.findall(r'name="run" value="([^"]*)"', page)
    assert listed == ["run-5", "run-7", *(name for name in names if name not in ("run-5", "run-7"))]


def test_studies_are_told_with_what_to_do_about_them(tmp_path: Path) -> None:
    folder = make_study_folder(tmp_path, "pilot", n=6)
    (run,) = folder.study().plan.runs
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        page = client.get("/").text
        assert '<a href="/#studies">Studies</a>' in client.get("/samples").text
        _, _, listed = page.partition('id="studies"')
        assert f'href="/runs/{run}"' in listed
        assert "<code>cuewise study serve pilot</code>" in listed
        assert "<code>cuewise study report pilot</code>" in listed
        assigned = sum(map(len, folder.study().assigned.values()))
        assert f"0 of {assigned}" in words(listed) and "imported" not in words(listed)
        rater, item = next((rater, items[0]) for rater, items in folder.study().assigned.items())
        click_all(folder, [Said(rater=name, item=item, done=True) for name in (rater, "guest")])
        listed = client.get("/").text.partition('id="studies"')[2]
        assert f"1 of {assigned}" in words(listed) and "and 1 imported" in words(listed)
        # While a study is served, what was written last is beside its file.
        with closing(RatingStore(folder.ratings_path)) as store:
            other, items = next(each for each in folder.study().assigned.items() if each[0] != rater)
            store.add(other, [Click(id="click-last", item=items[0], question="done", value=True)])
            listed = client.get("/").text.partition('id="studies"')[2]
            assert f"2 of {assigned}" in words(listed)


def test_an_empty_workspace_says_how_to_begin(tmp_path: Path) -> None:
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        while "no run here yet" not in words(client.get("/").text):
            pass
        assert "0 answers" in words(client.get("/samples").text)


def test_kinds_of_outcomes_are_all_in_words(tmp_path: Path) -> None:
    outcomes = make_outcomes(SAMPLES[:18], fail_every=2)
    make_run(tmp_path, "bad-luck", outcomes)
    kinds = {outcome.kind for outcome in outcomes} - {OutcomeKind.SCORED}
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        page = client.get("/samples").text
        while "18 answers" not in words(page):
            page = client.get("/samples").text
        assert len(kinds) == 8
        assert not [kind for kind in kinds if f'value="{kind.value}"' not in page]
        assert "judge gave no valid verdict: malformed reply" in words(page)


def test_while_runs_are_read_for_the_first_time_the_pages_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, "first", make_outcomes(SAMPLES[:3]))
    go, refresh = threading.Event(), ViewIndex.refresh

    def slow(index: ViewIndex, progress: Callable[[Progress], None]) -> list[Problem]:
        progress(Progress(run="first", outcomes=1500, runs=0, of_runs=2))
        assert go.wait(20)
        return refresh(index, progress)

    monkeypatch.setattr(ViewIndex, "refresh", slow)
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        for url in ("/", "/samples"):
            page = client.get(url).text
            assert "Run first , 1 of 2: 1,500 answers so far." in words(page)
            assert 'data-after="1"' in page
        assert client.get("/runs/first").status_code == 404
        go.set()
        while "3 answers" not in words(client.get("/samples").text):
            pass
        assert client.get("/runs/first").status_code == 200


def test_while_figures_are_worked_out_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, "first", make_outcomes(SAMPLES[:3]))
    go = threading.Event()

    def slow(*given: Any, **how: Any) -> Any:
        assert go.wait(20)
        return view_run(*given, **how)

    monkeypatch.setattr("cuewise.viewer.summaries.view_run", slow)
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        while "3 answers" not in words(client.get("/samples").text):
            pass
        page = client.get("/runs/first").text
        assert "The figures are being worked out from 3 answers" in words(page)
        assert 'data-after="1"' in page
        go.set()
        while "95 % interval" not in words(page := client.get("/runs/first").text):
            pass
        assert "data-after" not in page


def test_the_end_does_not_wait_for_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_run(tmp_path, "first", make_outcomes(SAMPLES[:3])).folder
    begun, go = threading.Event(), threading.Event()

    def slow(*given: Any, **how: Any) -> Any:
        begun.set()
        assert go.wait(20)
        return view_run(*given, **how)

    monkeypatch.setattr("cuewise.viewer.summaries.view_run", slow)
    monkeypatch.setattr("cuewise.viewer.summaries.seen", lambda _: "as it is")
    summaries = Summaries()
    assert summaries.of(folder, 0) is None
    assert begun.wait(20)
    ending = threading.Thread(target=summaries.close)
    ending.start()
    ending.join(10)
    assert not ending.is_alive()
    go.set()
    assert summaries.of(folder, 20) is not None


def test_a_fault_of_ours_is_told_without_its_particulars(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("secret particulars")

    monkeypatch.setattr(ViewIndex, "choices", fails)
    answer = client.get("/samples")
    assert answer.status_code == 500
    assert "ZeroDivisionError" in answer.text
    assert "secret particulars" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]

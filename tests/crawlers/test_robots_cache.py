from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from time import time

import pytest
from loopback_sites import WAVE, MakeSite, Reply, load_frame, page, polite

from crawlers.robots_cache import RobotsCache, put_away_if_broken
from crawlers.run import crawl_websites
from storage.workspace import ROBOTS_FILE, Workspace

PLACE = "https://firma.example"


def age(path: Path, seconds: float) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE answer SET asked_at = ?", [time() - seconds])
        connection.commit()


def test_an_answer_is_kept_across_runs_until_its_hours_are_over(tmp_path: Path) -> None:
    path = tmp_path / ROBOTS_FILE
    with RobotsCache(path, hours=24) as cache:
        cache.put(PLACE, 200, b"User-agent: *\n")
    with RobotsCache(path, hours=24) as cache:
        kept = cache.get(PLACE)
        assert kept is not None
        assert (kept.status, kept.body) == (200, b"User-agent: *\n")
        assert 86_300 < kept.seconds_left <= 86_400
        assert cache.get("http://firma.example") is None
    age(path, 3601)
    with RobotsCache(path, hours=1) as cache:
        assert cache.get(PLACE) is None


def test_an_answer_from_the_future_does_not_count(tmp_path: Path) -> None:
    with RobotsCache(tmp_path / ROBOTS_FILE, hours=24) as cache:
        cache.put(PLACE, 404, b"")
        age(tmp_path / ROBOTS_FILE, -90_000)
        assert cache.get(PLACE) is None


def test_no_hours_keep_nothing(tmp_path: Path) -> None:
    with RobotsCache(tmp_path / ROBOTS_FILE, hours=0) as cache:
        cache.put(PLACE, 404, b"")
        assert cache.get(PLACE) is None
    assert list(tmp_path.iterdir()) == []


def test_an_answer_too_long_to_keep_is_asked_for_again(tmp_path: Path) -> None:
    noise = Random(1).randbytes(512 * 1024)
    with RobotsCache(tmp_path / ROBOTS_FILE, hours=24) as cache:
        cache.put(PLACE, 200, noise)
        assert cache.get(PLACE) is None


@pytest.mark.parametrize("damage", [b"no database at all" * 500, b""])
def test_a_broken_file_is_put_away_and_told_of(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / ROBOTS_FILE
    path.write_bytes(damage)
    told = put_away_if_broken(path)
    assert bool(told) is bool(damage)
    with RobotsCache(path, hours=24) as cache:
        cache.put(PLACE, 404, b"")
        assert cache.get(PLACE) is not None


def test_a_file_that_breaks_while_it_is_used_costs_requests_and_no_crawl(tmp_path: Path) -> None:
    path = tmp_path / ROBOTS_FILE
    with RobotsCache(path, hours=24) as cache:
        cache.put(PLACE, 404, b"")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE answer SET body = 'no bytes'")
            connection.commit()
        assert cache.get(PLACE) is None
        cache.put(PLACE, 404, b"")
        assert cache.get(PLACE) is None


def test_a_process_that_is_killed_leaves_a_file_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / ROBOTS_FILE
    script = (
        "import sys; from pathlib import Path; from crawlers.robots_cache import RobotsCache\n"
        "cache = RobotsCache(Path(sys.argv[1]), hours=24)\n"
        "for n in range(10**9):\n"
        "    cache.put(f'https://{n}.example', 200, b'x' * 5000)\n"
        "    print(n, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(root), "PATH": ""},
    ) as process:
        assert process.stdout is not None
        last = [process.stdout.readline() for _ in range(50)][-1]
        process.kill()
    assert put_away_if_broken(path) == ""
    with RobotsCache(path, hours=24) as cache:
        assert cache.get(f"https://{int(last)}.example") is not None


def test_a_second_run_within_a_day_asks_for_no_robots_txt_again(
    workspace: Workspace, make_site: MakeSite
) -> None:
    rules = Reply(body=b"User-agent: *\nDisallow: /secret\n")
    shop = make_site({"/robots.txt": rules, "/": page("Home", "/secret", "/a"), "/a": page("A")})
    plain = make_site({"/": page("Home")})
    closed = make_site({"/robots.txt": Reply(status=503)})
    limited = make_site({"/robots.txt": Reply(status=429)})
    silent = make_site({"/robots.txt": Reply(hang_up=True)})
    sites = (shop, plain, closed, limited, silent)
    for wave in (WAVE, "2027"):
        load_frame(workspace, [site.url for site in sites], wave)
        crawl_websites(workspace, wave, politeness=polite(max_retries=0, timeout_seconds=5.0))
    asked = [site.paths.count("/robots.txt") for site in sites]
    assert asked == [1, 1, 2, 2, 2]  # whoever did not say what is allowed is asked again
    assert shop.paths.count("/") == 2
    assert "/secret" not in shop.paths
    (workspace.crawls / ROBOTS_FILE).write_bytes(b"rubbish" * 1000)
    load_frame(workspace, [plain.url], "2028")
    report = crawl_websites(workspace, "2028", politeness=polite())
    assert report.done == 1
    assert "could not be read" in report.notes[0]
    assert plain.paths.count("/robots.txt") == 2

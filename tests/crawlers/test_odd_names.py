"""What a name server answers, or does not, costs nobody but the website that it is about.

A real name server, asked by the system's own resolver in a network namespace whose loopback stands
at public and private addresses.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import odd_names
import pytest
from crawled_rows import website_rows
from loopback_sites import WAVE
from odd_names import INSIDE, N_FINE, N_QUIET, NAMES, NAMESPACE, PUBLIC, PUBLIC_6, SEARCHED

from crawlers.frontier import MAX_HOSTS
from storage.database import Store
from storage.workspace import Workspace

pytestmark = [
    pytest.mark.slow,
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


@dataclass(frozen=True)
class Crawled:
    rows: dict[str, dict[str, Any]]
    asked: list[tuple[str, str]]

    def seconds(self, ending: str) -> list[float]:
        return [
            (row["ended_at"] - row["started_at"]).total_seconds()
            for host, row in self.rows.items()
            if host.endswith(ending)
        ]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    directory = tmp_path_factory.mktemp("names")
    root = directory / "workspace"
    root.mkdir()
    paths = [str(Path(odd_names.__file__).parent), str(Path(__file__).parents[2])]
    command = [sys.executable, odd_names.__file__, str(root)]
    done = subprocess.run(
        ["unshare", "-n", "-m", "bash", "-c", NAMESPACE, str(directory), *command],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode and "Operation not permitted" in done.stderr:
        pytest.skip("this machine gives no network namespaces")
    assert done.returncode == 0, done.stderr
    with Store(Workspace(root).database) as store:
        rows = website_rows(store, WAVE).to_pylist()
    return Crawled(
        rows={row["website_url"].split("/")[2].removesuffix(".at"): row for row in rows},
        asked=[(place, head) for place, head in json.loads(done.stdout)],
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_name_ends_with_its_outcome(crawled: Crawled, name: str) -> None:
    assert crawled.rows[name]["outcome"] == NAMES[name][1], crawled.rows[name]


def test_nothing_inside_is_ever_connected_to(crawled: Crawled) -> None:
    assert {place for place, _ in crawled.asked} == {PUBLIC, PUBLIC_6}
    assert INSIDE not in {place for place, _ in crawled.asked}


def test_a_name_that_is_gone_is_not_looked_for_under_the_machines_own_domain(
    crawled: Crawled,
) -> None:
    assert crawled.rows["no-such"]["outcome"] == "dns_failure"
    assert not [head for place, head in crawled.asked if place == SEARCHED]


def test_silence_about_a_name_costs_one_time_out(crawled: Crawled) -> None:
    quiet = crawled.seconds("quiet")
    assert len(quiet) == N_QUIET
    assert max(quiet) < 2 * 3.0, "one look-up of three seconds, none that waits for others"


def test_names_that_are_answered_wait_for_no_silence(crawled: Crawled) -> None:
    fine = crawled.seconds("fine")
    assert len(fine) == N_FINE
    assert max(fine) < 3.0
    assert {row["outcome"] for h, row in crawled.rows.items() if h.endswith("fine")} == {"reached"}


def test_names_without_end_below_a_website_are_bounded(crawled: Crawled) -> None:
    asked = [head.partition("Host: ")[2].split()[0] for _, head in crawled.asked]
    hosts = {host for host in asked if host.endswith("wild.at")}
    assert 1 < len(hosts) <= MAX_HOSTS
    assert crawled.rows["wild"]["n_requests"] <= 35


def test_silence_about_ipv6_alone_is_waited_for_a_second_and_no_longer(crawled: Crawled) -> None:
    assert max(crawled.seconds("ipv6-unanswered")) < 2.5, "the system waits for ten"


def test_a_host_whose_ipv6_leads_nowhere_is_reached_by_ipv4_and_waited_for_once(
    crawled: Crawled,
) -> None:
    row = crawled.rows["ipv6-silent"]
    assert row["n_requests"] == 2
    assert (row["ended_at"] - row["started_at"]).total_seconds() < 2.5, "a third of three seconds"

"""The loopback web to measure on, one measured command in it, and what its judge and ours say."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from storage.errors import InvalidInput
from storage.page_archive import read_page

WAVES = ("first", "second")
LATER_STAGES = ("extract", "link", "classify")
_MARKER = re.compile(rb"wfm[0-9a-f]{12}")
# What the farm expects of a host -> the outcomes that say so.
_RIGHT = {
    "ok": {"reached"},
    "js_only": {"reached", "needs_browser"},
    "parked": {"parked"},
    "robots_denied": {"refused_robots"},
    "robots_unavailable": {"robots_unavailable"},
    "redirect_loop": {"redirect_loop"},
    "empty": {"empty"},
    "http_403": {"refused_http"},
    "http_404": {"not_found"},
    "http_500": {"server_error"},
    "http_429": {"rate_limited"},
    "timeout": {"timeout"},
    "refused": {"connection_refused"},
    "reset": {"connection_reset"},
    "bad_response": {"bad_response"},
    "dns": {"dns_failure"},
}


@dataclass(frozen=True)
class Web:
    """Which hosts are crawled."""

    farm: Path
    python: str
    hosts: int
    seed: int
    cap: int
    only: str = ""
    max_pages: int = 0
    delay: float = 0.0

    @property
    def arguments(self) -> str:
        chosen = f"--hosts {self.hosts} --seed {self.seed} --cap {self.cap}"
        chosen += f" --only {self.only}" if self.only else ""
        return chosen + (f" --max-pages {self.max_pages}" if self.max_pages else "")

    def names(self) -> list[str]:
        options = [part for part in self.arguments.split() if part != "--cap"]
        options.remove(str(self.cap))
        done = subprocess.run(
            [self.python, "-m", "webfarm", "hosts", *options],
            cwd=self.farm, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()


@dataclass
class Measured:
    """One run of one crawler."""

    name: str
    cpu_per_1000_pages: float
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    pages: int
    requests_per_page: float
    hosts_right: float
    robots_violations: int
    ended: bool
    mbytes: float
    more: dict[str, Any] = field(default_factory=dict)


def run_in_farm(web: Web, out: Path, command: list[str], *, limit: int) -> Measured:
    """Run a command beside the farm; CPU is that of the process and its children (wait4).

    Every client runs as it does where it is installed: its modules are compiled once and kept. The
    pages are those that a website has and the client fetched, each once: its own, so that who
    fetches more than our cap is not charged for them.
    """
    out.mkdir(parents=True, exist_ok=True)
    environment = compiled_once(out.parents[1]) | {
        "FARM_PY": web.python,
        "LIMIT": str(limit),
        "MEM_GB": "8",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    subprocess.run(
        [str(web.farm / "infarm"), str(out), web.arguments, *command],
        cwd=web.farm, env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    usage = json.loads((out / "usage.json").read_text())
    stats = json.loads((out / "stats.json").read_text())
    pages = sum(host["got"] for host in stats["per_host"])
    return Measured(
        name=out.name,
        cpu_per_1000_pages=1000 * usage["cpu"] / max(pages, 1),
        cpu_seconds=usage["cpu"],
        wall_seconds=usage["wall"],
        peak_mb=usage["peak_tree_mb"],
        pages=pages,
        requests_per_page=stats["requests"] / max(pages, 1),
        hosts_right=stats["share_good"],
        robots_violations=stats["robots_violations"],
        ended=not usage["cut_off"] and usage["rc"] == 0,
        mbytes=round(sum(one["mbytes"] for one in stats["per_class"].values()), 2),
        more={"wrong": dict(Counter(h["cls"] for h in stats["per_host"] if not h["good"]))},
    )


def compiled_once(place: Path) -> dict[str, str]:
    """Return the environment in which Python keeps what it compiled, below a place."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(place / "compiled")}


def make_workspace(web: Web, root: Path) -> None:
    """Make a workspace whose frame, in two waves, is the farm's hosts."""
    _sectorlens("init", str(root))
    settings = root / "sectorlens.toml"
    text = settings.read_text()
    for key, value in {
        "organisation": '"Benchmark"',
        "contact_url": '"http://farm.test/"',
        "max_pages_per_website": str(web.cap),
        "delay_seconds": str(web.delay),
        "delay_per_address_seconds": "0",
        "allow_networks": '["127.0.0.0/8"]',
        "verify_tls": "false",
        "max_requests_per_website_and_day": "100000",
        "timeout_seconds": "5",
    }.items():
        text = re.sub(rf"(?m)^{key} = (\"[^\"]*\"|\[[^\]]*\]|\S+)", f"{key} = {value}", text)
    settings.write_text(text)
    register = root / "register.csv"
    rows = [f"u{k},Firm {k},http://{host}/" for k, host in enumerate(web.names())]
    register.write_text("\n".join(["unit_id,legal_name,website", *rows, ""]))
    for wave in WAVES:
        _sectorlens("frame", "import", str(register), "--wave", wave, "--workspace", str(root))


def crawl_command(root: Path, wave: str) -> list[str]:
    """Return our command: to the published database, robots.txt and archive included."""
    tail = ["crawl", "run", "--wave", wave, "--workspace", str(root)]
    return [sys.executable, "-m", "sectorlens", *tail]


def stage_cpu(root: Path, stage: str, wave: str) -> float:
    """Run a stage behind the crawl, and return its CPU with its children (seconds)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _sectorlens(stage, "run", "--wave", wave, "--workspace", str(root))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3)


def judge_ours(measured: Measured, root: Path, out: Path, *, cap: int) -> None:
    """Add what only our own results can tell: outcomes, and markers in the archive."""
    hosts = json.loads((out / "manifest.json").read_text())["hosts"]
    good = {h["host"]: h["good"] for h in json.loads((out / "stats.json").read_text())["per_host"]}
    with duckdb.connect(str(root / "published" / "sectorlens.duckdb"), read_only=True) as store:
        outcomes = dict(
            store.execute(
                "SELECT website_url, outcome FROM website WHERE wave = ?", [WAVES[0]]
            ).fetchall()
        )
        pages = store.execute(
            "SELECT website_url, archive_file, archive_offset FROM page WHERE wave = ?", [WAVES[0]]
        ).fetchall()
    found: dict[str, set[str]] = {}
    for website, file, offset in pages:
        try:
            body = read_page(root, file, offset).body.replace(b"\0", b"")
        except InvalidInput:
            continue
        kept = {one.decode() for one in _MARKER.findall(body)}
        found.setdefault(website, set()).update(kept)
    right, wrong, wanted, had, foreign = 0, Counter[str](), 0, 0, 0
    for host in hosts:
        website = f"http://{host['host']}/"
        outcome = outcomes.get(website, "none")
        is_right = outcome in _RIGHT[host["expect"]] and good.get(host["host"], True)
        right += is_right
        if not is_right:
            wrong[f"{host['cls']}: {outcome}"] += 1
        own = set(host.get("markers", ())) if host["expect"] == "ok" else set()
        wanted += min(len(own), cap)
        had += min(len(own & found.get(website, set())), cap)
        foreign += len(found.get(website, set()) - set(host.get("markers", ())))
        foreign += len(found.get(website, set())) if host["expect"] == "robots_denied" else 0
    measured.hosts_right = right / len(hosts)
    measured.more = {
        "wrong": dict(wrong),
        "markers_in_archive": round(had / max(wanted, 1), 4),
        "markers_that_should_not_be_there": foreign,
        "archive_mbytes": round(
            sum(f.stat().st_size for f in (root / "archive").rglob("*.gz")) / 1e6, 2
        ),
    }


def _sectorlens(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "sectorlens", *arguments],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip

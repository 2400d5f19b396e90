"""What does a crawl cost beside others, on the same hosts, in turns?

One command, as root, since the loopback web runs in a network namespace of its own:
``python benchmarks/crawl/run.py`` (60 plain hosts, 3 turns). ``--mix full --hosts 400`` takes the
hostile mix, ``--growth 1000,3000,10000`` peak memory over the number of hosts, ``--second-wave``
the same hosts once more, ``--kill 200,1500,load`` what a crawl asks twice that is killed when it
has sent so many requests, and while it loads. The farm is looked for beside the project
(``--farm PATH``).

What each client does (plain hosts, all pages gzipped, delay 0):

- the bare loop fetches and inflates pages whose addresses it is told, no robots.txt, 64 at a time;
- CrawlSpider has the settings of Scrapy's page on broad crawls: robots.txt obeyed, links by its
  link extractor, 100 requests at a time and 8 a host, no cookies, no retries, no limit of depth or
  of pages; it keeps nothing;
- ours keeps to robots.txt, one request at a time a host, 25 pages a website (`--cap`); it follows
  links, tells repeats and error pages, archives, journals, and publishes the database.

CPU per page is told for the pages that the client itself fetched, which are more for the peers,
who know no cap. CPU is user + system of the process and its children until they ended; ours runs
from the start of `sectorlens crawl run` to the published database. Prints a table, writes all runs
as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # run from a checkout that is not installed

from benchmarks.crawl.farm import (
    LATER_STAGES,
    WAVES,
    Measured,
    Web,
    compiled_once,
    crawl_command,
    judge_ours,
    make_workspace,
    run_in_farm,
    stage_cpu,
)
from benchmarks.crawl.killing import killed_and_not

FARM = Path(__file__).parents[3] / "shared" / "webfarm"
LIMIT = 900  # seconds for ours
PEER_LIMIT = 300  # seconds: on the full mix plain Scrapy never ends


def main() -> None:
    given = _arguments()
    if not (given.farm / "infarm").exists():
        sys.exit(f"There is no loopback web at {given.farm}: name its directory with --farm.")
    if os.geteuid() != 0:
        sys.exit("This benchmark makes a network namespace of its own, so it must run as root.")
    runs: list[Measured] = []
    if given.kill:
        web = _web(given, hosts=given.hosts, cap=given.cap, only=_only(given))
        runs += killed_and_not(web, given.out, given.kill, limit=LIMIT)
    elif given.growth:
        for number in map(int, given.growth.split(",")):
            web = _web(given, hosts=number, cap=2, only="plain", max_pages=2)
            runs += _ours(web, given.out / f"hosts-{number}", second=False)
    else:
        web = _web(given, hosts=given.hosts, cap=given.cap, only=_only(given))
        _compile(web, given.out, alone=given.alone)
        for turn in range(given.repeat):
            runs += _ours(web, given.out / f"ours-{turn}", second=given.second_wave)
            if given.alone:
                continue
            runs += _peers(web, given.out / f"peers-{turn}", is_plain=given.mix == "plain")
    _tell(runs)
    target = given.out / "crawl.json"
    target.write_text(json.dumps([asdict(run) for run in runs], indent=1, default=str))
    print(f"\nall runs: {target}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--farm", type=Path, default=FARM)
    parser.add_argument("--python", default=sys.executable, help="of the farm and the peers")
    parser.add_argument("--mix", choices=["plain", "full"], default="plain")
    parser.add_argument("--hosts", type=int, default=60)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--cap", type=int, default=25)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--second-wave", action="store_true")
    parser.add_argument("--validators", action="store_true", help="the farm sends ETags")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--growth", default="", help="numbers of hosts, e.g. 1000,3000,10000")
    parser.add_argument("--kill", default="", help="moments, e.g. 200,1500,load")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between requests")
    parser.add_argument("--out", type=Path, default=Path("crawl-benchmark"))
    given = parser.parse_args()
    if given.validators:
        given.python = str(Path(__file__).parent / "validating_farm.py")
    given.out, given.farm = given.out.resolve(), given.farm.resolve()
    return given


def _web(given: argparse.Namespace, **chosen: int | str) -> Web:
    made = {"seed": given.seed, "delay": given.delay}
    return Web(farm=given.farm, python=given.python, **made, **chosen)


def _only(given: argparse.Namespace) -> str:
    return "plain" if given.mix == "plain" else ""


def _compile(web: Web, out: Path, *, alone: bool) -> None:
    """Have what all clients load compiled, so that the first turn measures what the others do."""
    environment = compiled_once(out) | {"PYTHONPATH": str(Path(__file__).parents[2])}
    nobody = out / "nobody.txt"
    nobody.parent.mkdir(parents=True, exist_ok=True)
    nobody.write_text("")
    broad = [web.python, str(web.farm / "peers" / "scrapy_broad.py"), str(nobody)]
    loading = "from sectorlens.cli.application import application; application()"
    crawling = "import crawlers.crawl_process; from crawlers.scrapy_engine import load_scrapy"
    ours = [sys.executable, "-c", f"{crawling}; load_scrapy(); {loading}"]
    for command in [ours] if alone else [broad, ours]:
        subprocess.run(command, check=True, env=environment, capture_output=True)


def _ours(web: Web, out: Path, *, second: bool) -> list[Measured]:
    root = out / "workspace"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    make_workspace(web, root)
    runs: list[Measured] = []
    for wave in WAVES if second else WAVES[:1]:
        measured = run_in_farm(web, out / wave, crawl_command(root, wave), limit=LIMIT)
        if wave == WAVES[0]:
            judge_ours(measured, root, out / wave, cap=web.cap)
        measured.name = "sectorlens" if wave == WAVES[0] else "sectorlens, second wave"
        if second:
            stages = {stage: stage_cpu(root, stage, wave) for stage in LATER_STAGES}
            measured.more |= {"cpu_of_stages": {"crawl": measured.cpu_seconds} | stages}
        if web.max_pages:
            measured.name += f", {web.hosts} hosts"
        runs.append(measured)
    if second:
        runs[1].more["share_of_the_first"] = _shares(runs)
    shutil.rmtree(root)
    return runs


def _shares(waves: list[Measured]) -> dict[str, float]:
    """Return what the second wave cost in shares of the first: each stage, all, and bytes."""
    first, second = (wave.more["cpu_of_stages"] for wave in waves)
    shares = {stage: second[stage] / first[stage] for stage in first}
    shares["whole path"] = sum(second.values()) / sum(first.values())
    shares["bytes"] = waves[1].mbytes / waves[0].mbytes
    return {name: round(share, 4) for name, share in shares.items()}


def _peers(web: Web, out: Path, *, is_plain: bool) -> list[Measured]:
    runs = []
    peers = web.farm / "peers"
    if is_plain:
        place = out / "bare"
        command = [web.python, str(peers / "bare.py"), "raw", str(place / "manifest.json")]
        runs.append(run_in_farm(web, place, command, limit=PEER_LIMIT))
        runs[-1].name = "bare gzip loop"
    place = out / "crawlspider"
    place.mkdir(parents=True, exist_ok=True)
    (place / "hosts.txt").write_text("\n".join(web.names()))
    command = [web.python, str(peers / "scrapy_broad.py"), str(place / "hosts.txt")]
    if not is_plain:  # without these it takes 20 GB and never leaves a calendar
        command += ["--depth", "3", "--set", "DOWNLOAD_MAXSIZE=10000000"]
    runs.append(run_in_farm(web, place, command, limit=PEER_LIMIT))
    runs[-1].name = "Scrapy CrawlSpider"
    return runs


def _tell(runs: list[Measured]) -> None:
    columns = ("cpu_per_1000_pages", "cpu_seconds", "wall_seconds", "peak_mb", "pages")
    columns += ("requests_per_page", "hosts_right", "robots_violations", "mbytes")
    print(f"{'median of the runs':28}" + "".join(f"{c.replace('_', ' '):>20}" for c in columns))
    medians = {}
    for name in dict.fromkeys(run.name for run in runs):
        of_name = [run for run in runs if run.name == name]
        values = {c: statistics.median(getattr(run, c) for run in of_name) for c in columns}
        medians[name] = values["cpu_per_1000_pages"]
        ended = "" if all(run.ended for run in of_name) else "   did not end by itself"
        print(f"{name:28}" + "".join(f"{values[c]:>20.3f}" for c in columns) + ended)
    for name in ("bare gzip loop", "Scrapy CrawlSpider"):
        if name in medians and "sectorlens" in medians:
            print(f"sectorlens / {name}: {medians['sectorlens'] / medians[name]:.3f}")
    for run in runs:
        if run.more:
            print(run.name, json.dumps(run.more, default=str))


if __name__ == "__main__":
    main()

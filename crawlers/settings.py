"""Scrapy's settings: constants only. `crawlers.crawl_process` lays a run's own values over them.

Scrapy opens hosts: spider, engine, downloader (docs/decisions/0009). Bytes are fetched by a
download handler of ours (docs/decisions/0008). What decides about politeness, retries, redirects,
robots.txt, cookies and duplicates stands in this room, next to the outcome it leads to, so Scrapy's
own parts for it are switched off.
"""

BOT_NAME = "sectorlens"
SPIDER_MODULES = ["crawlers.spiders"]

ROBOTSTXT_OBEY = False  # not switched off but done stricter: crawlers/robots.py (5xx is a refusal)
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE: dict[str, int] = {}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
COOKIES_ENABLED = False
REDIRECT_ENABLED = False
RETRY_ENABLED = False
COMPRESSION_ENABLED = False

# Visits go on side by side, each one request at a time (crawlers/pacing.py keeps the delays).
CONCURRENT_REQUESTS = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1
# One slot for all: one a host would be kept for a minute each, and have nothing to keep apart.
DOWNLOAD_SLOTS = {"all": {"concurrency": 10_000, "delay": 0}}
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0

DOWNLOAD_HANDLERS = {
    "http": "crawlers.download_handler.CheckedAddressHandler",
    "https": "crawlers.download_handler.CheckedAddressHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_VERIFY_CERTIFICATES = True

STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
STATS_DUMP = False
LOG_FORMATTER = "crawlers.download_handler.SilentFormatter"
LOG_LEVEL = "ERROR"
LOG_VERSIONS: list[
    str
] = []  # for a line that is below that level, a dozen libraries would be loaded

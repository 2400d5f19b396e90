"""What Scrapy loads for this crawl, each time in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from crawlers.lean_loading import ABSENT, PUT_OFF

LOADED_LEAN = """
import sys
from crawlers.lean_loading import ABSENT, PUT_OFF
from crawlers.scrapy_engine import load_scrapy

load_scrapy()
import scrapy
import scrapy.http
"""


def told_by(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOADED_LEAN + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_is_put_off_has_not_been_loaded_nor_what_only_that_wants() -> None:
    told = told_by("""
for name in ("OpenSSL", "parsel", "lxml", "charset_normalizer", "xmlrpc", "twisted.protocols.tls"):
    assert name not in sys.modules, name
print(*(name for name in PUT_OFF if type(sys.modules.get(name)).__name__ != "_PutOff"))
print(any(type(one).__name__ == "_LeanFinder" for one in sys.meta_path))
""")
    # What nothing asks for any more would be a line that does nothing.
    assert told == "False"
    assert not ABSENT & set(PUT_OFF)


def test_what_is_put_off_is_there_for_whoever_uses_it() -> None:
    told = told_by("""
page = scrapy.http.HtmlResponse("http://a.test/", body=b"<p>word", encoding="utf-8")
print(isinstance(page, scrapy.http.TextResponse), isinstance(page, scrapy.http.XmlResponse))
print(page.css("p::text").get())
class Further(scrapy.spiders.CrawlSpider):
    name = "further"
print(issubclass(Further, scrapy.Spider), issubclass(Further, scrapy.spiders.CrawlSpider))
print(scrapy.spiders.Rule.__name__, scrapy.Selector(text="<b>x").css("b::text").get())
from scrapy.http import FormRequest
print(FormRequest("http://a.test/", formdata={"a": "1"}).method)
import http.cookiejar
print(len(http.cookiejar.CookieJar()))
import OpenSSL.SSL, scrapy.core.downloader.handlers.http11
from scrapy.utils.versions import get_versions
print(sys.modules["scrapy.utils.log"].get_versions() == get_versions())
""")
    assert told.split("\n") == ["True False", "word", "True True", "Rule x", "POST", "0", "True"]


def test_a_name_that_a_module_put_off_has_not_is_missed_as_ever() -> None:
    told = told_by("""
import http.cookiejar
try:
    http.cookiejar.no_such_name
except AttributeError as fault:
    print(fault)
""")
    assert told == "module 'http.cookiejar' has no attribute 'no_such_name'"

"""Scrapy loaded without what this crawl never calls: a quarter less to load.

`import scrapy` loads two HTTP clients, a TLS library, HTML parsers, forms and XML-RPC, whatever the
settings switch off. Here TLS is Python's own and HTTP is our client's (docs/decisions/0008), so
a module of the list below loads when something of it is used first, and Twisted, which can do
without pyOpenSSL, is told that there is none for as long as it loads. Nothing of Scrapy or Twisted
is changed; whoever wants what was put off, as the browser's handler does, finds it as ever.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

# Modules put off, with what is taken from them by name before anything of it is used.
PUT_OFF: Mapping[str, tuple[str, ...]] = {
    "http.cookiejar": (),
    "scrapy.http.request.form": ("FormRequest",),
    "scrapy.http.request.rpc": ("XmlRpcRequest",),
    "scrapy.http.response.html": ("HtmlResponse",),
    "scrapy.http.response.json": ("JsonResponse",),
    "scrapy.http.response.text": ("TextResponse",),
    "scrapy.http.response.xml": ("XmlResponse",),
    "scrapy.selector": ("Selector", "SelectorList"),
    "scrapy.spiders.crawl": ("CrawlSpider", "Rule"),
    "scrapy.spiders.feed": ("CSVFeedSpider", "XMLFeedSpider"),
    "scrapy.spiders.sitemap": ("SitemapSpider",),
    "scrapy.utils.curl": ("curl_to_request_kwargs",),
    "scrapy.utils.versions": ("get_versions",),  # for a line of the log (LOG_VERSIONS)
}
ABSENT = frozenset({"OpenSSL"})


@contextmanager
def lean_loading(
    put_off: Mapping[str, tuple[str, ...]] = PUT_OFF, absent: Set[str] = ABSENT
) -> Iterator[None]:
    """Load what is imported meanwhile without what is put off, and without what is to be absent.

    Args:
        put_off: Modules, with what is taken from them by name before anything of it is used.
        absent: Modules that are told not to be there.
    """
    finder = _LeanFinder(put_off, absent)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        finder.is_over = True


class _LeanFinder:
    def __init__(self, put_off: Mapping[str, tuple[str, ...]], absent: Set[str]) -> None:
        self.put_off, self.absent = put_off, absent
        self.is_over = False

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in self.absent:
            raise ModuleNotFoundError(f"{name} is left out of what loads now", name=name)
        if name not in self.put_off:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = cast("Loader", _LaterLoader(spec.loader, self))
        return spec


class _LaterLoader:
    """Makes a module that is loaded when something of it is used first.

    A loader by what it does: to load their common class takes longer than a page.
    """

    def __init__(self, loader: Loader, finder: _LeanFinder) -> None:
        self.loader = loader
        self.finder = finder

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = _PutOff


class _PutOff(ModuleType):
    """A module that was not loaded yet: asked for what it has not, it loads."""

    def __getattr__(self, name: str) -> Any:
        later: object = self.__spec__.loader if self.__spec__ else None
        if not isinstance(later, _LaterLoader) or name in _ASKED_OF_ANY_MODULE:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if not later.finder.is_over and name in later.finder.put_off[self.__name__]:
            return _StandIn(self, name)
        self.__class__ = ModuleType  # type: ignore[assignment]  # modules may change theirs
        if self.__spec__ is not None:
            self.__spec__.loader = later.loader
        later.loader.exec_module(self)
        return getattr(self, name)


# By the import system itself, which is no use of a module.
_ASKED_OF_ANY_MODULE = frozenset({"__path__", "__all__", "__file__", "__wrapped__"})


class _StandIn:
    """What was taken by name from a module put off; whatever is done with it is done with that."""

    def __init__(self, module: ModuleType, name: str) -> None:
        self.__module, self.__name = module, name

    def __meant(self) -> Any:
        return getattr(self.__module, self.__name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.__meant()(*given, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__meant(), name)

    def __instancecheck__(self, one: object) -> bool:
        return isinstance(one, self.__meant())

    def __subclasscheck__(self, one: type) -> bool:
        return issubclass(one, self.__meant())

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.__meant(),)

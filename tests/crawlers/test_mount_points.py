from __future__ import annotations

import pytest

from crawlers.mount_points import has_mount_point


@pytest.mark.parametrize(
    "html",
    [
        '<body><div id="root"></div></body>',
        "<div id=app><span>Loading…</span></div>",
        '<body><main id="__next"> <!-- filled later --> </main>',
        '<div class="x" data-reactroot><script src="/a.js"></script></div>',
    ],
)
def test_empty_places_that_frameworks_fill_are_known(html: str) -> None:
    assert has_mount_point(html)


@pytest.mark.parametrize(
    "html",
    [
        '<div id="root"><p>We survey bridges by drone.</p></div>',
        '<div id="intro"></div>',
        '<div data-id="root"></div',
        '<a id="root"></a>',
        "",
    ],
)
def test_places_that_are_filled_or_anything_else_are_none(html: str) -> None:
    assert not has_mount_point(html)

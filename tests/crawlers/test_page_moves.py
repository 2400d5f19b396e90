from __future__ import annotations

import pytest

from crawlers.links import read_links
from crawlers.page_moves import moved_to


def target(html: str) -> str:
    return moved_to(html, read_links(html, "http://a.test/"))


@pytest.mark.parametrize(
    "script",
    [
        "location.href = 'start.html'",
        'window.location="start.html";',
        "document.location.href='start.html'",
        "top.location.replace('start.html')",
        "self.location.assign( 'start.html' )",
        "if (window.screen) { location = 'start.html' }",
    ],
)
def test_a_script_on_an_empty_page_that_sets_the_address_is_a_redirect(script: str) -> None:
    assert target(f"<html><script>{script}</script><body></body></html>") == "start.html"


@pytest.mark.parametrize(
    "script",
    [
        "if (location.href == 'http://a.test/x') {}",
        "mylocation = 'start.html'",
        "location.href = base + 'start.html'",
        "var relocation='start.html'",
    ],
)
def test_a_script_that_does_something_else_is_none(script: str) -> None:
    assert target(f"<html><script>{script}</script><body></body></html>") == ""


def test_a_page_with_text_stays_where_it_is() -> None:
    text = "<p>We are a family business.</p>" * 20
    refresh = '<meta http-equiv="refresh" content="5; url=/next">'
    assert target(f"{refresh}<body>{text}</body>") == ""
    assert target(f"<body>{text}<script>location.href='/next'</script></body>") == ""
    assert target(f"{refresh}<body>One moment …</body>") == "/next"


def test_a_page_with_a_menu_is_one_whatever_its_scripts_do() -> None:
    menu = "".join(f'<a href="/{n}">{n}</a>' for n in range(5))
    assert target(f"{menu}<script>if (mobile) location.href='/m/'</script>") == ""

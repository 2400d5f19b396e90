from __future__ import annotations

import pytest

from crawlers.links import read_links
from crawlers.page_moves import framed_in, moved_to


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


def test_an_application_that_sends_old_browsers_away_stays_where_it_is() -> None:
    script = "<script>if (!window.fetch) location.href = '/unsupported.html'</script>"
    assert target(f'<body><div id="root"></div>{script}</body>') == ""
    assert target(f'<body><div id="intro"></div>{script}</body>') == "/unsupported.html"


def test_a_page_with_a_menu_is_one_whatever_its_scripts_do() -> None:
    menu = "".join(f'<a href="/{n}">{n}</a>' for n in range(5))
    assert target(f"{menu}<script>if (mobile) location.href='/m/'</script>") == ""


@pytest.mark.parametrize(
    "html",
    [
        '<frameset rows="100%,*"><frame src="http://real.test/?a=1&amp;b"></frameset>',
        "<title>Firm</title><FRAMESET COLS='*,0'><FRAME SRC='http://real.test/?a=1&amp;b'>"
        "<FRAME SRC=about:blank><noframes>Your browser shows no frames: go to "
        '<a href="http://real.test/">our website</a> instead, please.</noframes></FRAMESET>',
        '<body><iframe src="http://real.test/?a=1&amp;b" width="100%" height="100%"></iframe>',
        "<style>html, body {margin: 0} iframe {border: 0; width: 100vw; height: 100vh}</style>"
        '<iframe id=f src="http://real.test/?a=1&amp;b"></iframe>',
        '<iframe style="position:fixed;width:100%" src=http://real.test/?a=1&amp;b></iframe>'
        "<noscript><iframe src='//count.test/' width='100%'></iframe></noscript>",
    ],
)
def test_a_page_that_is_nothing_but_a_frame_leads_where_the_frame_does(html: str) -> None:
    assert framed_in(f"<html>{html}</html>") == "http://real.test/?a=1&b"


@pytest.mark.parametrize(
    "html",
    [
        "<frameset><frame src=menu.html><frame src=http://real.test/></frameset>",
        f"<iframe src=http://films.test/ width='100%'></iframe>{'We build bridges. ' * 9}",
        "<iframe src=http://count.test/ width=1 height=1></iframe>",
        "<iframe src=http://count.test/ style='width:100%;display:none'></iframe>",
        "<iframe src=about:blank width='100%'></iframe>",
        "<iframe width='100%'></iframe>",
        "<frameset></frameset>",
        "<p>About frames and iframes",
        "",
    ],
)
def test_a_page_of_its_own_is_no_frame_of_another(html: str) -> None:
    assert framed_in(f"<html>{html}</html>") == ""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["<frame ", "<noframes>", "<title", "iframe {", "<iframe src="])
def test_frames_without_end_take_no_time(unit: str) -> None:
    framed_in("frame" + unit * (19_900 // len(unit)))

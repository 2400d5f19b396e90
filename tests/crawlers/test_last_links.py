from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.last_links import FEW_LINKS, last_links
from crawlers.links import read_links

URL = "http://example.com/dir/"


def hrefs(html: str) -> list[str]:
    return [link.href for link in last_links(html)]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("<form action='/enter'><button>Yes</button></form>", ["/enter"]),
        ("<FORM ACTION=/enter METHOD=GET><INPUT TYPE=SUBMIT VALUE=Yes></FORM>", ["/enter"]),
        (
            "<form><button name=lang value=de>Deutsch</button><button name=lang value=en></form>",
            ["?lang=de", "?lang=en"],
        ),
        (
            "<form action=/go?x=1#y><input type=hidden name=age value='18 &amp; more'>"
            "<input type=image src=yes.png></form>",
            ["/go?age=18+%26+more"],
        ),
        ("<form action=/a><button formaction=/b>b</button><button>a</button></form>", ["/b", "/a"]),
        ("<form action=/enter method=post><button>Yes</button></form>", []),
        ("<form action=/search><input name=q><button>Search</button></form>", []),
        ("<form action=/login><input type=password><button>Go</button></form>", []),
        ("<form action=/x><select name=a><option>1</select><button>Go</button></form>", []),
        ("<form action=/x><textarea></textarea><button>Go</button></form>", []),
        ("<form action=/x><input type=checkbox name=agreed><button>Go</button></form>", []),
        ("<form action=/x></form>", []),
    ],
)
def test_forms_with_nothing_to_fill_in_are_links(form: str, expected: list[str]) -> None:
    assert hrefs(f"<html><body>{form}</body></html>") == expected


def test_data_for_scripts_name_pages() -> None:
    data = (
        r'{"menu":[{"title":"Us","href":"/about"},{"url": "\/team\/"},{"path":"/about"}],'
        r'"to":"https:\/\/example.com\/offer?a=1\u0026b=2","src":"/no.png","href":"mailto:x"}'
    )
    html = f'<script id="__NEXT_DATA__" type="application/json">{data}</script>'
    assert hrefs(html) == ["/about", "/team/", "https://example.com/offer?a=1&b=2"]
    assert {link.href for link in read_links(html, URL).links} == set(hrefs(html))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<script>var menu = [{title: 'Us', url: '/about'}, {path:\"team.html\"}]</script>",
            ["/about", "team.html"],
        ),
        (
            "<li data-target-page='/about'>Us<li routerLink=\"/team\">We<b data-x='no page'>",
            ["/about", "/team"],
        ),
        (
            r"""<script>document.write('<a class=x href=\"about.html\">Us</a>')</script>""",
            ["about.html"],
        ),
        ("<script>x = {ratio: 'a/b', url: 'no', to: 'mailto:x', path: `/no`}</script>", []),
        ("<div data-include='{{ROOT}}menu.html' data-json='{\"a\": 1}'>", []),
    ],
)
def test_menus_that_only_scripts_make_are_read_where_they_stand(
    html: str, expected: list[str]
) -> None:
    assert hrefs(html) == expected


def test_a_menu_of_dead_links_is_looked_for_elsewhere() -> None:
    dead = "".join(f'<a href="#" data-to="/page{number}">x</a>' for number in range(9))
    found = read_links(f"<a href=/a><a href=/b><a href=/c><a href=/d>{dead}", URL)
    assert [link.href for link in found.links][4:] == [f"/page{number}" for number in range(9)]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["url:'/", "'url': ", " data-x='/", "<a href='", "<a ", " data-", "url:'a"]
)
def test_rubbish_for_scripts_takes_no_time(unit: str) -> None:
    last_links("document.write" + unit * (400_000 // len(unit)))


def test_a_page_with_links_of_its_own_is_not_looked_through() -> None:
    menu = "".join(f"<a href=/{number}>x</a>" for number in range(FEW_LINKS + 1))
    html = menu + "<form action=/enter><button>Yes</button></form>"
    assert [link.href for link in read_links(html, URL).links] == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "rubbish", ["<form ", "<form><input ", "<form>", '"href":"/', 'json "href" : ', "<button>"]
)
def test_rubbish_gives_a_bounded_number(rubbish: str) -> None:
    html = rubbish * (2_000_000 // len(rubbish))
    assert len(last_links(html)) <= 212


@given(st.text(alphabet="<>forminputbutton =\"'/json:href{}\\u", max_size=300))
def test_any_text_is_read_without_a_fault(html: str) -> None:
    last_links(html + "json<form>")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<x-menu items="[{&quot;url&quot;:&quot;/about&quot;},'
            '{&quot;url&quot;:&quot;/team&quot;}]">',
            ["/about", "/team"],
        ),
        ('<x-link class=a href="/about">About</x-link>', ["/about"]),
        ("<script>document.write('<a href=\"'+menu[i][1]+'\">')</script>", []),
        ('<script>document.write("<a href="+menu[i]+">")</script>', []),
    ],
)
def test_menus_of_a_websites_own_elements_are_read_and_pieces_of_scripts_are_not(
    html: str, expected: list[str]
) -> None:
    assert hrefs(html) == expected

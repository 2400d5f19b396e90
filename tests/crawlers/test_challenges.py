from __future__ import annotations

import pytest
from crawled_rows import website_rows
from loopback_sites import WAVE, MakeSite, Reply, load_frame, page, polite

from crawlers.challenges import challenge
from crawlers.markup import read_markup
from crawlers.run import crawl_websites
from storage.database import Store
from storage.workspace import Workspace

HTML = {"Content-Type": "text/html"}
TURNSTILE = (
    "<title>Just a moment...</title><body><p>Verifying you are human. This may take a few seconds."
    '</p><script>window._cf_chl_opt={cType:"managed"}</script></body>'
)
RECAPTCHA = (
    "<title>Security check</title><body><h1>Please complete the security check</h1>"
    '<form method="post"><div class="g-recaptcha" data-sitekey="x"></div></form></body>'
)
GERMAN = (
    '<body><p>Bitte bestätigen Sie: Ich bin kein Roboter</p><div class="h-captcha"></div></body>'
)


CHECKING = (
    "<title>Just a moment...</title><p>Checking your browser before accessing the website.</p>"
    "<script src=/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1></script>"
)


def asked(html: str, status: int = 200, **headers: str) -> str:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return challenge(status, lambda name: told.get(name, ""), read_markup(html))


@pytest.mark.parametrize(
    ("html", "who"),
    [
        (TURNSTILE, "Cloudflare"),
        (RECAPTCHA, "a captcha"),
        (GERMAN, "a captcha"),
        (CHECKING, "a captcha"),
    ],
)
def test_a_page_that_asks_for_a_proof_is_known(html: str, who: str) -> None:
    for status in (200, 202, 403, 503):
        assert asked(html, status) == who


@pytest.mark.parametrize(
    "html",
    [
        "<title>Robot or human?</title><p>Hold the button to confirm that you're human.</p>",
        "<p>One moment, please... Please wait while your request is being verified...</p>",
        "<title>Un instant</title><p>Vérification de sécurité en cours</p>",
        "<title>x</title><p>Vérification de sécurité en cours</p><i class='cf-turnstile'></i>",
        "<title>Making sure you're not a bot!</title><p>Loading</p>",
        "<p>Something about your browser made us think you were a bot.</p><a href=/>x</a>",
        "<p>Checking your browser before accessing the website</p>",
    ],
)
def test_a_page_that_leads_nowhere_needs_no_widget_to_ask_for_a_proof(html: str) -> None:
    assert asked(html)
    assert not asked(html + "<a href=/a>a</a>" * 4)  # a website that says so of its form
    assert not asked(html + f"<p>{'We repair roofs. ' * 60}</p>")


def test_nothing_but_a_cookie_by_a_script_and_the_same_address_again_is_one() -> None:
    script = "<script>document.cookie='seen=1;path=/';location.reload();</script>"
    assert asked(f"<html><body>{script}</body></html>") == "a cookie set by a script"
    assert not asked(f"<html><body>We repair roofs.{script}</body></html>")
    led_on = script.replace("location.reload()", "location.href='/en/'")
    assert not asked(f"<html><body>{led_on}</body></html>")


def test_a_service_that_says_so_in_a_header_is_believed() -> None:
    assert asked("<p>x</p>", 403, cf_mitigated="challenge") == "Cloudflare"


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Welcome</h1><p>We repair roofs.</p>",
        f"<p>{'We repair roofs. ' * 60}</p><div class='g-recaptcha'></div>",
        "<h1>Contact</h1><p>Write to us</p><form><div class='g-recaptcha'></div></form>",
        "<p>We sell captcha services</p>" + "<a href='/x'>Menu</a>" * 9,
        '<p>Our shop</p><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>',
        "<p>Are you human? Dance lessons for everybody.</p>",
        "<p>Dachdecker Huber, Tel. 0123</p><form><input type=checkbox> Ich bin kein Roboter</form>",
        "",
    ],
)
def test_a_page_of_a_website_is_none(html: str) -> None:
    assert asked(html) == ""


@pytest.mark.parametrize(
    "said",
    [
        "Bitte bestätigen Sie, dass Sie kein Roboter sind.",
        "Bitte beweisen Sie, dass Sie ein Mensch sind.",
        "Veuillez prouver que vous êtes humain pour accéder au site.",
        "Confirmez que vous n'êtes pas un robot",
        "Por favor, confirme que no es un robot.",
        "Demuestra que eres humano",
        "Conferma di non essere un robot",
        "Bevestig dat u geen robot bent",
        "Potwierdź, że nie jesteś robotem",
        "Confirme que você é humano",
        "Bekräfta att du är en människa",
    ],
)
def test_a_small_page_that_asks_for_a_proof_is_one_in_any_language(said: str) -> None:
    assert asked(f"<title>Check</title><h1>Check</h1><p>{said}</p><form><button>OK</button></form>")


def test_nobody_solves_it_and_the_website_counts_as_refusing(
    workspace: Workspace, make_site: MakeSite
) -> None:
    robots = Reply(status=404)
    walled = make_site(
        lambda p, _: robots if "robots" in p else Reply(body=RECAPTCHA.encode(), headers=HTML)
    )
    guarded = make_site(
        lambda p, _: (
            robots if "robots" in p else Reply(status=403, body=TURNSTILE.encode(), headers=HTML)
        )
    )
    shop = make_site(
        {"/": page("Shop", "/contact"), "/contact": Reply(body=RECAPTCHA.encode(), headers=HTML)}
    )
    load_frame(workspace, [walled.url, guarded.url, shop.url])
    crawl_websites(workspace, WAVE, politeness=polite())
    with Store(workspace.database) as store:
        rows = {row["website_url"]: row for row in website_rows(store, WAVE).to_pylist()}
    for site, who in ((walled, "a captcha"), (guarded, "Cloudflare")):
        assert rows[site.url]["outcome"] == "refused_http"
        assert f"prove that they are human ({who})" in rows[site.url]["detail"]
        assert site.paths.count("/") == 1
    assert (rows[shop.url]["outcome"], rows[shop.url]["n_pages"]) == ("reached", 1)

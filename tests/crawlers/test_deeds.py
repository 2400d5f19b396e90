from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from crawlers.deeds import does_something, is_machinery


@pytest.mark.parametrize(
    "address",
    [
        *("/logout", "/users/sign_out", "/log-off.php", "/user/5/delete", "/delete/5"),
        *("/delete.php?id=5", "/delete-account", "/deleteitem?id=4", "/item/9/remove"),
        *("/posts/4/edit", "/vote/up/5", "/like?id=4", "/order/cancel/17", "/ajax/remove?id=3"),
        *("/subscribe?list=3", "/cart/add/12", "/cart?add=12", "/warenkorb?sku=1&addItem=2"),
        *("/x?action=delete", "/?add-to-cart=7", "/wishlist/add?product=4", "/abbestellen?u=1"),
        *("/index.php?title=Drones&action=edit", "/index.php?title=Drones&oldid=33"),
        *("/wiki/Special:Random", "/index.php?title=Spezial%3AAnmelden", "/x?do=revisions"),
        *("/rate.php?id=3&stars=5", "/flag?post=9", "/bookmark?item=2"),
    ],
)
def test_an_address_that_does_something_is_known(address: str) -> None:
    parts = urlsplit(address)
    assert does_something(parts.path, parts.query)


@pytest.mark.parametrize(
    "address",
    [
        *("/deleted-scenes", "/remove-stains", "/services/add-ons", "/edit", "/vote"),
        *("/subscribe", "/like", "/cancel", "/news/update/12", "/report/2025", "/rate/2024"),
        *("/order?id=4", "/services/removal/3", "/cart", "/cart?step=2", "/buy/12", "/add-in/3"),
        *("/editions/4", "/log-in", "/follow-us", "/products?id=7", "/deletion-of-data"),
        *(
            "/wiki/Specials",
            "/index.php?title=Specials",
            "/x?action=show",
            "/index.php?action=about",
        ),
        *("/rate", "/rates?id=4", "/rate.php", "/flag?size=large"),
    ],
)
def test_a_page_that_is_called_alike_is_none(address: str) -> None:
    parts = urlsplit(address)
    assert not does_something(parts.path, parts.query)


@pytest.mark.parametrize(
    "path",
    [
        *("/cart", "/cart/", "/shop/checkout", "/kasse.html", "/de/warenkorb/", "/panier.php"),
        *("/my-account", "/meinkonto", "/wp-login.php", "/Log-In", "/account/forgot-password"),
        *("/shopping_cart", "/winkelmandje", "/koszyk", "/signup", "/anmelden"),
    ],
)
def test_baskets_tills_and_accounts_are_known_by_their_last_name(path: str) -> None:
    assert is_machinery(path)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/cart-trailers", "/go-kart", "/checkout-systems", "/products/cart-lift/bag-x"),
        *("/cash/kassensysteme", "/panier-garni", "/login-software", "/baskets-of-fruit"),
        *("/warenkorb/ratgeber", "/accounts", "/konto", "/order", "/anmeldung-zum-seminar"),
        "/wishlist",
    ],
)
def test_what_is_sold_for_baskets_and_tills_is_no_machinery(path: str) -> None:
    assert not is_machinery(path)

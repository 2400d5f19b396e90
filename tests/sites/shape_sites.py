"""Websites of the hostile web whose old links lead to errors in odd clothes, or to a log-in."""

from __future__ import annotations

from hostile_sites import code
from hostile_web import MENU, WORDS, HostileSite, answer, moved, with_trap
from odd_sites import missing

PAGES = 1 + len(MENU)
OLD = "".join(f'<a href="/old/{n}.html">{n}</a>' for n in range(12))


def gone(title: str, said: str) -> HostileSite:
    """Return a website whose links of old lead to an error page with something else around it."""

    def error(path: str, _: int) -> bytes:
        number = int(code(path), 16)
        other = " ".join(WORDS[number // 20**n % 20] + code(path, n)[:3] for n in range(4))
        head = f"<html lang=en><head><title>{title}</title></head>"
        return answer(f"{head}<h1>{said}</h1><p>Perhaps: {other}</p>{OLD}</html>")

    return HostileSite(with_trap(error, start="/old/1.html"), most=18)


def led_to(there: str, said: str) -> HostileSite:
    """Return a website whose links of old all lead to a page that says where one came from."""

    def leading(path: str, _: int) -> bytes:
        if path.startswith("/old"):
            return moved(f"{there}?from={path}")
        if not path.startswith(there):
            return missing()
        return answer(
            f"<html lang=en><h1>{said}</h1>{OLD}<form><input type=password></form></html>"
        )

    return HostileSite(with_trap(leading, start="/old/1.html"), most=24)


def shape_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    return {
        "gone_by_server": gone("Error", "The requested URL was not found on this server."),
        "gone_in_heading": gone("Steiner Drones", "Not Found"),
        "gone_for_good": gone("Hoppla", "Diese Seite gibt es leider nicht mehr."),
        "gone_and_sorry": gone("Whoops", "We could not find what you are looking for"),
        "to_error_page": led_to("/error", "Nicht gefunden"),
        "to_log_in": led_to("/login", "Please log in"),
    }

"""The two scripts of ours that look at a page, in a world where its own scripts do not reach."""

from __future__ import annotations

# [number of elements, characters of text shown]; a page of very many is not laid out for it.
SIZE_OF_PAGE = """
(() => {
  const elements = document.getElementsByTagName("*").length;
  const shown = elements > 5000 ? document.body?.textContent : document.body?.innerText;
  return [elements, (shown || "").slice(0, 10000).trim().length];
})()
"""

MAX_FRAMES = 20

# The document as HTML of at most MAX_CHARACTERS characters. Open shadow trees are put in the place
# they are shown at, their slots filled; what scripts wrote into frames stands behind these. Scripts
# have done their work and are left out, so that nobody takes the page for one that still waits for
# them; data for machines stays.
TAKE_OUT = """
(() => {
  const unfold = (root, depth) => {
    for (const element of root.querySelectorAll("*")) {
      const shadow = element.shadowRoot;
      if (!shadow || depth > 20) continue;
      unfold(shadow, depth + 1);
      for (const slot of shadow.querySelectorAll("slot")) {
        const given = slot.assignedNodes();
        if (given.length) slot.replaceChildren(...given);
      }
      element.replaceChildren(...shadow.childNodes);
    }
  };
  unfold(document, 0);
  for (const frame of [...document.querySelectorAll("iframe")].slice(0, MAX_FRAMES)) {
    const shown = frame.contentDocument?.body?.childNodes || [];  // of another website: none
    const place = document.createElement("div");
    place.append(...[...shown].map((node) => document.importNode(node, true)));
    frame.after(place);
  }
  for (const element of document.querySelectorAll("script, noscript, style, template")) {
    if (element.localName !== "script" || !/json/i.test(element.type)) element.remove();
  }
  const whole = document.documentElement;
  return whole ? "<!DOCTYPE html>" + whole.outerHTML.slice(0, MAX_CHARACTERS) : "";
})()
""".replace("MAX_FRAMES", str(MAX_FRAMES))

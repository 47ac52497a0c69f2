/* Put into a page that was opened: what of it is too wide, too small, cut off, or badly built. */
window.rulers = (() => {
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  const told = (node) => node.outerHTML.slice(0, 110);
  const speaks = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());

  // What stands beyond the right edge, if the page can be scrolled there at all.
  const wide = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return all('body *')
      .filter((node) => !node.closest('.filters, .scroll, svg, .vh'))
      .filter((node) => node.getBoundingClientRect().right > clientWidth + 1)
      .map(told).slice(0, 5);
  };

  // Text that a box of its own cuts off.
  const clipped = () => all('body *')
    .filter((node) => speaks(node) && !node.closest('.vh, .skip, svg, .scroll, .filters, textarea, select'))
    .filter((node) => node.checkVisibility())
    .filter((node) => {
      const { overflowX, overflowY, clipPath } = getComputedStyle(node);
      const cuts = overflowX !== 'visible' || overflowY !== 'visible';
      return cuts && clipPath === 'none'
        && (node.scrollWidth > node.clientWidth + 2 || node.scrollHeight > node.clientHeight + 2);
    })
    .map(told).slice(0, 5);

  // Buttons and boxes, and links that do not stand in a sentence; a label is the target of its box.
  const small = (least) => all('a, button, summary, select, input, textarea')
    .filter((node) => node.type !== 'hidden' && !node.closest('.vh, .skip, svg'))
    .filter((node) => node.checkVisibility() && !node.matches('.vh, [tabindex="-1"]'))
    .filter((node) => node.localName !== 'a' || node.matches('.btn') || !speaks(node.parentNode))
    .map((node) => node.closest('label') || node)
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([, box]) => box.height < least - 0.5 || box.width < Math.min(least, 44) - 0.5)
    .map(([node, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${told(node)}`);

  // How the page is built, for those who do not see it; axe knows most of it.
  const built = () => {
    const found = [];
    for (const one of ['h1', 'main', 'title']) {
      const times = all(one).filter((node) => !node.closest('svg')).length;
      if (times !== 1) found.push(`${times} ${one}`);
    }
    all('nav').filter((nav) => !nav.getAttribute('aria-label')).forEach(() => found.push('a nav without name'));
    all('input:not([type=hidden]), select, textarea')
      .filter((box) => !box.labels.length && !box.getAttribute('aria-label'))
      .forEach((box) => found.push(`no label: ${box.name}`));
    all('form').forEach((form) => {
      const sender = form.querySelector('button:not([type=button])')
        || (form.id && document.querySelector(`button[form="${form.id}"]`));
      if (!sender) found.push(`nothing sends ${form.action}`);
      if (form.method === 'post' && !form.elements.csrfmiddlewaretoken) found.push(`no token: ${form.action}`);
    });
    return found;
  };

  /* Everything a person reads or hears, without what is marked as another language or made for the
     chat, which speaks the group's language. */
  const words = () => {
    const found = [document.title];
    const skip = 'script, style, textarea, [lang="zh-Hans"]:not(html), [lang="en"]:not(html)';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (!walker.currentNode.parentNode.closest(skip)) found.push(walker.currentNode.textContent);
    }
    for (const name of ['alt', 'aria-label', 'placeholder', 'title', 'data-stop', 'data-item']) {
      all(`[${name}]`).filter((node) => !node.closest(skip)).forEach((node) => found.push(node.getAttribute(name)));
    }
    return found;
  };

  return { wide, clipped, small, built, words };
})();

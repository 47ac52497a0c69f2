/* The offline page: links to what this phone kept, newest first. */
(async () => {
  const list = document.querySelector('[data-kept]');
  if (!list || !window.caches) return;
  const cache = await caches.open('pages-1');
  const keys = await cache.keys();
  for (const key of keys.reverse()) {
    const text = await (await cache.match(key)).text();
    const row = document.createElement('li');
    const link = document.createElement('a');
    link.href = new URL(key.url).pathname;
    link.className = 'alone';
    link.textContent = new DOMParser().parseFromString(text, 'text/html').title;
    row.append(link);
    list.append(row);
  }
})();

{% load static %}/* Network first, always. Without one: pages the server marked (Offline-Copy), else the offline page. */
const PAGES = 'pages-1';
const FILES = 'files-1';
const OFFLINE = '{% url "offline" %}';
const FIRST = [OFFLINE, '{% static "css/app.css" %}', '{% static "js/kept.js" %}', '{% static "js/once.js" %}', '{% static "js/desk.js" %}', '{% static "img/icon.svg" %}', '{% static "img/empty.svg" %}'];
const MARK = 'Offline-Copy';

const store = async (name, key, answer, most) => {
  const cache = await caches.open(name);
  await cache.put(key, answer); // replaces the old one, as the newest of all
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((old) => cache.delete(old)));
};

const keepPage = async (url, answer) => {
  const mark = answer.headers.get(MARK);
  const own = answer.ok && mark && (url.search === '' || url.search === '?new=1');
  const cache = await caches.open(PAGES);
  if (!own) return answer.type === 'opaqueredirect' || url.search ? null : cache.delete(url.pathname);
  const [one] = await cache.matchAll();
  if (one && one.headers.get(MARK) !== mark) await caches.delete(PAGES);
  return store(PAGES, url.pathname, answer, 8);
};

const kept = async (url) => {
  const page = await (await caches.open(PAGES)).match(url.pathname);
  if (!page) return (await caches.match(OFFLINE)) || Response.error();
  const text = (await page.text()).replace('data-offline hidden', 'data-offline');
  return new Response(text, { headers: page.headers });
};

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(FIRST)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== PAGES && name !== FILES).map((name) => caches.delete(name)));
    await self.clients.claim();
    const open = await self.clients.matchAll();
    await Promise.all(open.map((one) => fetch(one.url).then((answer) => keepPage(new URL(one.url), answer)).catch(() => null)));
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/accounts/log')) event.waitUntil(caches.delete(PAGES));
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') {
    event.respondWith(fetch(request).then((answer) => {
      event.waitUntil(keepPage(url, answer.clone()));
      return answer;
    }, () => kept(url)));
  } else if (/^\/(static|media\/items)\//.test(url.pathname)) {
    event.respondWith(fetch(request).then((answer) => {
      if (answer.ok) event.waitUntil(store(FILES, request, answer.clone(), 80));
      return answer;
    }, () => caches.match(request).then((file) => file || Response.error())));
  }
});

/* Keys of the console on a desktop, where there is a mouse and so a keyboard. Each is also a button: a key only presses it.
   [data-keys] holds rows [data-row="7"]; in a row [data-key=p], [data-key=" "], [data-key=u], [data-key=Enter] (a link);
   outside of rows [data-key="/"] (a box), [data-key=u]. j k move between rows, ? opens <details data-key="?"> that lists them.
   The row is told to screen readers in [data-row-said] and found again after the page that a key led to.
   [data-keys-off] turns the keys off on this device and on again. Never while typing or with a modifier. */
(() => {
  const list = document.querySelector('[data-keys]');
  if (!document.querySelector('[data-keys], details[data-key="?"]') || !window.matchMedia('(any-pointer: fine)').matches) return;
  const said = document.querySelector('[data-row-said]');
  const place = 'row ' + window.location.pathname;
  const keep = (store, name, value) => {
    try {
      if (value === undefined) return window[store].getItem(name);
      window[store].setItem(name, value);
    } catch (closed) { /* this device keeps nothing */ }
    return null;
  };
  const rows = () => (list ? [...list.querySelectorAll('[data-row]')] : []).filter((row) => row.offsetParent || row.getClientRects().length);
  const current = () => rows().find((row) => row.contains(document.activeElement));
  const typing = (node) => node.closest('input:not([type=hidden]), select, textarea, [contenteditable]');

  const choose = (row, all) => {
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
    if (!said) return;
    const name = row.querySelector('[data-row-name]') || row;
    said.textContent = said.dataset.rowSaid.replace('{name}', name.textContent.trim().replace(/\s+/g, ' '))
      .replace('{n}', all.indexOf(row) + 1).replace('{all}', all.length);
  };
  const move = (by) => {
    const all = rows();
    const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + by))];
    if (next) choose(next, all);
  };

  const press = (key) => {
    const those = `[data-key="${CSS.escape(key)}"]`;
    const row = current();
    const mine = row ? [...row.querySelectorAll(those)].pop() : null; // the latest of several
    const target = mine || (['p', ' ', 'Enter'].includes(key) ? null : [...document.querySelectorAll(those)].find((node) => !node.closest('[data-row]')));
    if (!target) return false;
    if (mine) keep('sessionStorage', place, row.dataset.row + ' ' + rows().indexOf(row));
    if (target.matches('details')) target.open = !target.open;
    else if (target.matches('input')) { target.focus(); target.select(); } else target.click();
    return true;
  };

  let off = keep('localStorage', 'keys') === 'off';
  const toggle = document.querySelector('[data-keys-off]');
  const show = () => { if (toggle) toggle.textContent = off ? toggle.dataset.on : toggle.dataset.off; };
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener('click', () => {
      off = !off;
      keep('localStorage', 'keys', off ? 'off' : 'on');
      show();
    });
    show();
  }

  const [last, index] = (keep('sessionStorage', place) || '').split(' ');
  keep('sessionStorage', place, '');
  const back = last && (rows().find((row) => row.dataset.row === last) || rows()[Math.min(index, rows().length - 1)]);
  if (back && !off && document.activeElement === document.body && !document.querySelector('[data-focus]')) choose(back, rows());

  document.addEventListener('keydown', (event) => {
    if (off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === 'Escape' && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target)) return;
    if (' Enter'.includes(event.key) && event.target.closest('a, button, summary')) return; // they press what has the focus
    const act = event.key === 'j' ? () => move(1) : event.key === 'k' ? () => move(-1)
      : ['/', 'p', 'u', '?', ' ', 'Enter'].includes(event.key) && (() => press(event.key));
    if (act && act() !== false) event.preventDefault();
  });
})();

/* Keys of the console on a desktop. Each is also a button: a key only presses it.
   [data-keys] holds rows [data-row]; inside a row [data-key=p] or [data-key=" "], anywhere [data-key="/"] (a box) and [data-key=u].
   j k move between rows, ? opens the <details data-key="?"> that lists them. Never while typing or with a modifier. */
(() => {
  const list = document.querySelector('[data-keys]');
  if (!list) return;
  const rows = () => [...list.querySelectorAll('[data-row]')].filter((row) => row.offsetParent);
  const current = () => rows().find((row) => row.contains(document.activeElement));
  const typing = (node) => node.closest('input, select, textarea, [contenteditable]');

  const move = (by) => {
    const all = rows();
    const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + by))];
    if (!next) return;
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  };

  const press = (key) => {
    const row = current();
    const sign = key === ' ' ? ' ' : CSS.escape(key);
    const target = (row && row.querySelector(`[data-key="${sign}"]`)) || (key === 'p' || key === ' ' ? null : document.querySelector(`[data-key="${sign}"]`));
    if (!target) return false;
    if (target.matches('details')) target.open = !target.open;
    else if (target.matches('input')) { target.focus(); target.select(); } else target.click();
    return true;
  };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === 'Escape' && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target)) return;
    if (event.key === ' ' && event.target.closest('a, button, summary')) return; // the space bar presses what has the focus
    const act = event.key === 'j' ? () => move(1) : event.key === 'k' ? () => move(-1)
      : '/pu? '.includes(event.key) && (() => press(event.key));
    if (act && act() !== false) event.preventDefault();
  });
})();

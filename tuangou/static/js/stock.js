/* Looks every 20 seconds what is left; rests while the page is hidden and stops when the round is over.
   <form data-stock="/g/…/stock.json" data-left="剩 {left}{unit}" data-out="抢完" data-short="{item}只剩 {left}{unit}，改一下再提交" data-over="已截单">
   around .item[data-offer=ID] with a [data-left-of] text and a .stepper; a [data-stock-said] with role=status tells what changed.
   JSON: {"open": true, "left": {"ID": "36", …}}; null = no limit. What a person chose is never lowered for her: she is told. */
(() => {
  const form = document.querySelector('form[data-stock]');
  if (!form || !window.fetch) return;
  const PAUSE = 20000;
  const said = form.querySelector('[data-stock-said]');
  const fill = (text, values) => (text || '').replace(/\{(\w+)\}/g, (_, name) => values[name]);
  let etag = '';
  let timer = 0;
  let told = '';

  const tell = (text) => {
    if (!said || text === told) return;
    told = text;
    said.textContent = text;
    said.hidden = !text;
  };

  const show = (item, left) => {
    const stepper = item.querySelector('.stepper');
    const word = item.querySelector('[data-left-of]');
    if (!stepper || left === null || left === undefined) return '';
    const { unit, item: name } = stepper.dataset;
    const own = Number(stepper.dataset.own || 0); // what her order already holds stays hers
    const most = Number(left) + own;
    stepper.dataset.most = String(most);
    stepper.querySelector('input').max = String(most);
    const out = most <= 0;
    item.classList.toggle('item-out', out);
    if (word) word.textContent = Number(left) <= 0 ? form.dataset.out : fill(form.dataset.left, { left, unit });
    const wanted = Number(stepper.querySelector('input').value) > most;
    return wanted ? fill(form.dataset.short, { item: name, left: String(most), unit }) : '';
  };

  const apply = (state) => {
    const short = [...form.querySelectorAll('[data-offer]')].map((item) => show(item, state.left[item.dataset.offer]));
    tell(state.open ? short.filter(Boolean).join(' ') : form.dataset.over);
    form.dispatchEvent(new Event('stock'));
    return state.open;
  };

  const look = async () => {
    timer = 0;
    if (document.hidden) return;
    let go = true;
    try {
      const answer = await fetch(form.dataset.stock, {
        credentials: 'same-origin',
        headers: etag ? { Accept: 'application/json', 'If-None-Match': etag } : { Accept: 'application/json' },
      });
      if (answer.status === 200) {
        etag = answer.headers.get('ETag') || '';
        go = apply(await answer.json());
      } else if (answer.status !== 304 && answer.status < 500) go = false;
    } catch (offline) { /* the next look tries again */ }
    if (go) wait();
  };
  const wait = () => { if (!timer) timer = setTimeout(look, PAUSE); };

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    timer = 0;
    if (!document.hidden) look();
  });
  wait();
})();

/* Looks every 20 seconds what is left; rests while the page is hidden and stops when the round is over.
   <form {% live_form stock=url %}> around .item with a .stepper and, beside the name, <span data-stock-of="offer_12">剩 36斤</span>;
   [data-stock-said] with role=status (in components/total.html) tells what changed.
   JSON, by the name of the quantity box: {"open": true, "left": {"offer_12": "36"}}; null = no limit. ETag → 304.
   What a person chose is never lowered for her: she is told. */
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

  const show = (stepper, all) => {
    const input = stepper.querySelector('input');
    const left = all[input.name];
    if (left === null || left === undefined) return '';
    const { unit, item: name } = stepper.dataset;
    const item = stepper.closest('.item');
    const word = item && item.querySelector('[data-stock-of]');
    const out = Number(left) <= 0;
    stepper.dataset.most = left;
    input.max = left;
    if (item) item.classList.toggle('item-out', out);
    if (word) word.textContent = out ? form.dataset.out : fill(form.dataset.left, { left, unit });
    if (Number(input.value) <= Number(left)) return '';
    return out ? name + ' ' + form.dataset.out : fill(form.dataset.short, { item: name, left, unit });
  };

  const apply = (state) => {
    const short = [...form.querySelectorAll('.stepper')].map((stepper) => show(stepper, state.left));
    tell(state.open ? short.filter(Boolean).join(' · ') : form.dataset.over);
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

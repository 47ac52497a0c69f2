/* The page of a round: quantity boxes, the time left, what is left. One file, because a request costs a slow
   network more than three kilobytes; each part is nothing where its elements are missing. */

/* Quantity boxes: the buttons step in place, the sum and the receipt follow. ES2018, no dependency.
   <form {% live_form %}> (data-total and the words data-one, -many, -none, -line) around .stepper (data-step -fen -item -unit, data-most where stock is limited), [data-said] and [data-receipt].
   Money is counted in whole fen, half up once per line, as the server does; the server's answer decides. */
(() => {
  const MILLI = 1000; // quantities have three decimals at most: counted as whole thousandths
  const milli = (text) => Math.round(Number(String(text).replace(',', '.')) * MILLI) || 0;
  const plain = (thousandths) => String(thousandths / MILLI);
  const yuan = (fen) => {
    const whole = Math.floor(fen / 100);
    const digits = whole >= 10000 ? String(whole).replace(/\B(?=(\d{3})+$)/g, ',') : String(whole);
    return '¥' + digits + '.' + String(fen % 100).padStart(2, '0');
  };
  const fill = (text, values) => (text || '').replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const read = (stepper) => {
    const quantity = Math.max(0, milli(stepper.querySelector('input').value));
    const fen = Math.floor((quantity * Number(stepper.dataset.fen) * 2 + MILLI) / (2 * MILLI));
    return { quantity, fen, item: stepper.dataset.item, unit: stepper.dataset.unit };
  };

  const say = (form, chosen, sum) => {
    const said = form.querySelector('[data-said]');
    if (!said) return;
    const units = new Set(chosen.map((line) => line.unit));
    const quantity = plain(chosen.reduce((all, line) => all + line.quantity, 0));
    const words = !chosen.length ? form.dataset.none : units.size === 1 ? form.dataset.one : form.dataset.many;
    said.querySelector('small').textContent = fill(words, { kinds: chosen.length, quantity, unit: [...units][0] });
    said.querySelector('b').textContent = yuan(sum);
  };

  const write = (form, chosen, sum) => {
    const list = form.querySelector('[data-receipt] dl');
    if (!list) return;
    list.querySelectorAll(':not(.sum-total)').forEach((old) => { if (old.parentNode === list) old.remove(); });
    const total = list.querySelector('.sum-total');
    chosen.forEach((line) => {
      const name = document.createElement('dt');
      const price = document.createElement('dd');
      name.textContent = fill(form.dataset.line, { item: line.item, quantity: plain(line.quantity), unit: line.unit });
      price.textContent = yuan(line.fen);
      list.insertBefore(name, total);
      list.insertBefore(price, total);
    });
    list.querySelector('[data-sum]').textContent = yuan(sum);
  };

  const update = (form) => {
    const steppers = [...form.querySelectorAll('.stepper')];
    const lines = steppers.map(read);
    steppers.forEach((stepper, n) => stepper.classList.toggle('stepper-on', lines[n].quantity > 0));
    const chosen = lines.filter((line) => line.quantity > 0);
    const sum = chosen.reduce((all, line) => all + line.fen, 0);
    say(form, chosen, sum);
    write(form, chosen, sum);
  };

  const move = (stepper, direction) => {
    const input = stepper.querySelector('input');
    const step = milli(stepper.dataset.step) || MILLI;
    const now = milli(input.value);
    const next = direction > 0 ? (Math.floor(now / step) + 1) * step : (Math.ceil(now / step) - 1) * step;
    const most = stepper.dataset.most === undefined ? Infinity : milli(stepper.dataset.most);
    input.value = plain(Math.max(0, direction > 0 ? Math.min(next, Math.max(most, now)) : next));
    input.dispatchEvent(new Event('input', { bubbles: true }));
  };

  document.querySelectorAll('form[data-total]').forEach((form) => {
    form.addEventListener('click', (event) => {
      const button = event.target.closest('.stepper button');
      if (!button) return;
      event.preventDefault();
      move(button.parentNode, button.name === 'more' ? 1 : -1);
    });
    form.addEventListener('input', () => update(form));
    form.addEventListener('stock', () => update(form));
    update(form);
  });
})();

/* Keeps "还剩 5小时" true beside the printed time. Text only and never aria-live: a countdown that speaks is a nuisance.
   <span data-countdown="ISO time" data-at="ISO time of the server" data-day="还剩 {n}天" data-hour data-minute data-over …>;
   data-hour-1 and data-minute-1 are the words for one. Days from two on, then hours; minutes only in the last hour. */
(() => {
  const MINUTE = 60000;
  const marks = [...document.querySelectorAll('[data-countdown]')].map((node) => ({
    node,
    end: Date.parse(node.dataset.countdown),
    ahead: Date.now() - Date.parse(node.dataset.at), // this device's clock against the server's
  }));
  if (!marks.length) return;

  const words = (data, minutes) => {
    if (minutes <= 0) return data.over;
    const [unit, n] = minutes < 60 ? ['minute', minutes]
      : minutes < 2880 ? ['hour', Math.floor(minutes / 60)] : ['day', Math.floor(minutes / 1440)];
    return ((n === 1 && data[unit + '-1']) || data[unit]).replace('{n}', n);
  };

  const tick = () => marks.forEach(({ node, end, ahead }) => {
    const text = words(node.dataset, Math.ceil((end - (Date.now() - ahead)) / MINUTE));
    if (text && node.textContent !== text) node.textContent = text;
  });

  tick();
  setInterval(tick, 15000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) tick(); });
})();

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
    const wait = item && item.querySelector('[data-wait]'); // "call me when there is some"
    if (wait) wait.hidden = !out;
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

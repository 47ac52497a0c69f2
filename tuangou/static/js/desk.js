/* The desk without a network. A tap on form[data-tap] goes to the server if it can be reached; if not, it is kept on this
   device with its time and its request id, marked on the row, and sent to data-taps when the net is back: by itself, after
   a reload and after a killed tab, too. Sent twice it counts once. What somebody else did first stands in a list until it is
   acknowledged. How many wait is always said. A search filters the rows at hand. */
(() => {
  const box = document.querySelector('[data-desk]');
  if (!box) return;
  const words = box.dataset;
  const key = 'taps-' + words.desk;
  const line = box.querySelector('[data-queue]');
  const list = box.querySelector('[data-conflicts]');
  const rows = [...document.querySelectorAll('[data-hands] [data-row]')];
  let held = [];
  let trouble = '';
  let busy = false;

  const read = () => { try { held = JSON.parse(localStorage.getItem(key)) || []; } catch (closed) { /* kept in memory */ } return held; };
  const change = (act) => {
    held = act(read());
    try { localStorage.setItem(key, JSON.stringify(held)); } catch (full) { /* kept in memory */ }
    show();
  };
  const newId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, '0')).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  const hour = (at) => { const d = new Date(at); return `${d.getHours()}:${String(d.getMinutes()).padStart(2, '0')}`; };
  const make = (tag, text, look) => {
    const node = document.createElement(tag);
    node.textContent = text;
    if (look) node.className = look;
    if (tag === 'button') node.type = 'button';
    return node;
  };
  const waiting = () => read().filter((tap) => tap.state === 'wait');

  const mark = (row, tap) => {
    const acts = row.querySelector('.hand-acts');
    let own = acts.querySelector('[data-own]');
    const back = tap && tap.kind === 'undo';
    [...acts.children].forEach((part) => { if (part !== own) part.hidden = Boolean(tap) && !(back && part.matches('.hand-form, .fold')); });
    row.classList.toggle('hand-done', Boolean(tap) && !back);
    if (own) own.remove();
    if (!tap) return;
    own = make('span', '', 'row');
    own.dataset.own = '';
    const way = tap.lines ? [words.part, words.gave] : [words.done, words.sent];
    const said = back ? words.back : way[tap.state === 'wait' ? 0 : 1].replace('{at}', hour(tap.at));
    own.append(make('span', tap.state === 'wrong' ? tap.said : said, `chip ${tap.state === 'wrong' ? 'chip-warn' : 'chip-ok'}`));
    if (!back && tap.state !== 'wrong') {
      const undo = make('button', words.undo, 'btn btn-small btn-plain');
      undo.append(make('span', row.dataset.find.split(' ')[0], 'vh'));
      undo.addEventListener('click', () => push({ id: newId(), kind: 'undo', order: tap.order, door: tap.door, at: new Date().toISOString(), of: tap.id }));
      own.append(undo);
    }
    acts.prepend(own);
  };

  const told = (tap) => {
    const item = make('li', '', 'stack-s');
    const known = make('button', words.known, 'btn btn-small');
    item.append(make('b', tap.door, 'num'), make('p', tap.said), make('p', `${words.tapped.replace('{at}', hour(tap.at))}${tap.fen ? ` · ${words.paid.replace('{fen}', `¥${(tap.fen / 100).toFixed(2)}`)}` : ''}`, 'small muted'), known);
    known.append(make('span', tap.door, 'vh'));
    known.addEventListener('click', () => change((taps) => taps.filter((one) => one.id !== tap.id)));
    return item;
  };

  const show = () => {
    const taps = read();
    const n = waiting().length;
    const word = trouble && n ? words.sign : busy ? words.sending : words.n;
    const text = n ? word.replace('{n}', n) : words.none;
    line.hidden = !n && !taps.length;
    line.className = `note ${n ? 'note-warn' : 'note-ok'}`;
    if (line.lastElementChild.textContent !== text) line.lastElementChild.textContent = text;
    box.dataset.waiting = n;
    box.querySelector('[data-no-net]').hidden = navigator.onLine !== false && !n;
    const wrong = taps.filter((tap) => tap.state === 'wrong');
    list.hidden = !wrong.length;
    list.lastElementChild.textContent = '';
    list.lastElementChild.append(...wrong.map(told));
    rows.forEach((row) => {
      const last = taps.filter((tap) => tap.order === Number(row.dataset.row)).pop();
      const now = last ? last.id + last.state : '';
      if ((row.dataset.tapped || '') === now) return;
      row.dataset.tapped = now;
      mark(row, last);
    });
  };

  const settle = (due, { results, now }) => change((taps) => taps.map((tap) => {
    const place = due.findIndex((one) => one.id === tap.id);
    if (place < 0 || tap.state !== 'wait') return tap;
    const { result, said } = results[place];
    const fine = result === 'done' || result === 'already';
    return { ...tap, state: fine ? 'sent' : 'wrong', said, now };
  }));

  const flush = () => {
    const due = waiting().slice(0, 40);
    if (busy || !due.length || navigator.onLine === false) return Promise.resolve();
    busy = true;
    show();
    const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
    return fetch(words.taps, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': token },
      body: JSON.stringify({ taps: due.map(({ state, door, said, now, ...tap }) => tap) }),
    }).then((answer) => {
      trouble = answer.redirected || (answer.status >= 400 && answer.status < 500) ? 'sign' : '';
      return answer.ok && !answer.redirected ? answer.json() : null;
    }).then((told_) => { busy = false; if (told_) settle(due, told_); return told_; }, () => { busy = false; return null; })
      .then((got) => { show(); return got ? flush() : null; });
  };

  const push = (tap) => {
    change((taps) => [...taps, { ...tap, state: 'wait' }]);
    flush();
  };

  const reach = () => {
    if (navigator.onLine === false) return Promise.resolve(false);
    const gone = new AbortController();
    const late = setTimeout(() => gone.abort(), 4000);
    return fetch('/healthz', { cache: 'no-store', signal: gone.signal }).then((answer) => answer.ok, () => false)
      .then((there) => { clearTimeout(late); return there; });
  };

  const value = (form, name) => (form.elements[name] ? form.elements[name].value : '');
  const keep = (form, button) => {
    const row = form.closest('[data-row]');
    const tap = { id: value(form, 'request_id'), kind: form.dataset.tap, order: Number(row.dataset.row), door: row.dataset.find.split(' ')[0], at: new Date().toISOString() };
    if (read().some((one) => one.id === tap.id)) tap.id = newId();
    if (form.dataset.checkOff) tap.check_off = Number(form.dataset.checkOff);
    if (value(form, 'way')) tap.way = value(form, 'way');
    if (value(form, 'collected_by')) tap.collected_by = value(form, 'collected_by');
    if (form.elements.part || (button && button.name === 'part')) {
      const boxes = [...form.elements].filter((box) => /^line_\d+$/.test(box.name));
      tap.lines = Object.fromEntries(boxes.map((box) => [box.name.slice(5), box.value]));
      tap.short = [...form.elements].filter((box) => /^short_\d+$/.test(box.name) && box.checked).map((box) => Number(box.name.slice(6)));
    }
    if (button && button.dataset.fen) tap.fen = Number(button.dataset.fen);
    form.elements.request_id.value = newId();
    push(tap);
  };
  const send = (form, button) => {
    if (button && button.name) {
      const choice = make('input', '');
      choice.type = 'hidden';
      choice.name = button.name;
      choice.value = button.value;
      form.append(choice);
    }
    form.submit();
  };

  let pressed = null;
  document.addEventListener('click', (event) => { pressed = event.target.closest('button'); }, true);
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.dataset.tap || !window.fetch || !window.AbortController) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = '1';
    const button = event.submitter || (pressed && pressed.form === form ? pressed : null);
    flush().then(reach).then((there) => {
      if (there && !waiting().length) { send(form, button); setTimeout(() => { delete form.dataset.sent; }, 8000); return; }
      delete form.dataset.sent;
      keep(form, button);
    });
  }, true);

  const plain = (text) => text.toLowerCase().replace(/[^0-9a-z\u4e00-\u9fff]|[栋座单元室号]/g, '');
  const find = document.querySelector('main input[type=search]');
  const filter = () => rows.forEach((row) => { row.hidden = !plain(row.dataset.find).includes(plain(find.value)); });
  if (find) {
    const asked = new URLSearchParams(window.location.search).get('q') || '';
    if (asked !== find.value) { find.value = asked; filter(); }
    find.addEventListener('input', filter);
  }

  change((taps) => taps.filter((tap) => tap.state !== 'sent' || tap.now > Number(words.at)));
  flush();
  window.addEventListener('online', flush);
  window.addEventListener('offline', show);
  window.addEventListener('storage', (event) => { if (event.key === key) show(); });
  setInterval(flush, 15000);
})();

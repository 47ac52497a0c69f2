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

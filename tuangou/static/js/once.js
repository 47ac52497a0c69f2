/* On every page. 1 The summary of mistakes gets the focus. 2 A form is sent once, however often it is tapped.
   3 <form data-draft="round-12"> keeps what was chosen on this device till [data-draft-done="round-12"] stands on a page;
     a [data-draft-note] with a button tells that it came back and clears it.
   4 <form data-once> asks first whether the server can be reached (data-probe, /healthz); if not, the form waits,
     says so and goes off by itself when the network is back. Its request_id makes a second arrival harmless.
   5 /sw.js keeps the last round and her orders for when there is no network. */
(() => {
  const AGAIN = 8000;
  const words = document.body.dataset;

  const wrong = document.querySelector('[data-focus]');
  if (wrong) wrong.focus();

  const store = (act) => { try { return act(window.localStorage); } catch (closed) { return null; } };
  const boxes = (form) => [...form.querySelectorAll('input[type=number], input[type=text], input:not([type]), textarea')]
    .filter((box) => box.name && !box.readOnly);
  document.querySelectorAll('[data-draft-done]').forEach((mark) => store((s) => s.removeItem('draft-' + mark.dataset.draftDone)));

  document.querySelectorAll('form[data-draft]').forEach((form) => {
    const key = 'draft-' + form.dataset.draft;
    const fresh = !form.querySelector('.errors, .field-bad') && boxes(form).every((box) => box.value === box.defaultValue);
    const kept = store((s) => JSON.parse(s.getItem(key))) || {};
    const back = fresh ? boxes(form).filter((box) => kept[box.name] && kept[box.name] !== box.value) : [];
    back.forEach((box) => { box.value = kept[box.name]; });
    const note = form.querySelector('[data-draft-note]');
    if (back.length) form.dispatchEvent(new Event('input', { bubbles: true }));
    if (note && back.length) {
      note.hidden = false;
      note.querySelector('button').addEventListener('click', () => {
        boxes(form).forEach((box) => { box.value = box.defaultValue; });
        store((s) => s.removeItem(key));
        note.hidden = true;
        form.dispatchEvent(new Event('input', { bubbles: true }));
      });
    }
    form.addEventListener('input', () => {
      const now = {};
      boxes(form).forEach((box) => { if (box.value !== box.defaultValue) now[box.name] = box.value; });
      store((s) => s.setItem(key, JSON.stringify(now)));
    });
  });

  let pressed = null;
  document.addEventListener('click', (event) => { pressed = event.target.closest('button'); }, true);

  const unlockLater = (form, choice) => setTimeout(() => { delete form.dataset.sent; choice.remove(); }, AGAIN);
  const send = (form, button) => {
    const choice = document.createElement('input'); // form.submit() does not say which button it was
    choice.type = 'hidden';
    if (button && button.name) { choice.name = button.name; choice.value = button.value; }
    form.append(choice);
    form.submit();
    unlockLater(form, choice);
  };

  const reach = (form) => {
    const gone = new AbortController();
    const late = setTimeout(() => gone.abort(), 6000);
    return fetch(form.dataset.probe || '/healthz', { cache: 'no-store', signal: gone.signal })
      .then(() => true, () => false).then((there) => { clearTimeout(late); return there; });
  };

  const wait = (form, button) => {
    const note = document.createElement('p');
    const text = document.createElement('span');
    const again = document.createElement('button');
    note.className = 'note note-warn unsent';
    note.setAttribute('role', 'status');
    text.className = 'grow';
    again.className = 'btn btn-small';
    again.type = 'button';
    again.textContent = words.retry;
    note.append(text, again);
    (form.querySelector('.total') || form).prepend(note);
    text.textContent = words.unsent;
    let busy = false;
    let timer = 0;
    const retry = () => {
      if (busy) return;
      busy = true;
      reach(form).then((there) => {
        busy = false;
        if (!there) return;
        clearInterval(timer);
        window.removeEventListener('online', retry);
        note.remove();
        send(form, button);
      });
    };
    timer = setInterval(retry, 15000);
    window.addEventListener('online', retry);
    again.addEventListener('click', retry);
  };

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== 'post') return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = '1';
    const button = event.submitter || (pressed && pressed.form === form ? pressed : null);
    if ('once' in form.dataset && window.fetch && window.AbortController) {
      event.preventDefault();
      reach(form).then((there) => (there ? send(form, button) : wait(form, button)));
    } else unlockLater(form, document.createElement('i'));
  });
  if (navigator.serviceWorker) navigator.serviceWorker.register('/sw.js').catch(() => null);
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) document.querySelectorAll('form[data-sent]').forEach((form) => { delete form.dataset.sent; });
  });
})();
